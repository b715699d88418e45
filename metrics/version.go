package metrics

import (
	"runtime/debug"
	"sync"
)

// Version returns that of this library in the running program, as cachier_info
// has it: "devel" when it was built from a working tree, "unknown" when the
// program doesn't know.
func Version() string { return version() }

const module = "github.com/cachier-go/cachier"

// version reads it once.
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
