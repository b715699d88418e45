package testserver

import (
	"os"
	"path/filepath"
)

// builtServers is where scripts/build-server.sh puts what it builds.
func builtServers() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "cachier", "servers")
}
