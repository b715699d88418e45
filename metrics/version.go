package metrics

import (
	"runtime/debug"
	"sync"
)

const module = "github.com/cachier-go/cachier"

// version is that of this module in the running program, as far as the program
// knows: "devel" when it was built from a working tree.
var version = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != module {
			continue
		}
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Version == "" || m.Version == "(devel)" {
			return "devel"
		}
		return m.Version
	}
	return "unknown"
})
