//go:build unix

package testserver

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
)

// RedisForMain starts a Redis server for all tests and examples of a package. It
// is called by TestMain, which calls end in the end. Where the program is missing
// and not required, the address is empty and the examples, which can't skip, are
// left out.
func RedisForMain() (addr string, end func(), err error) {
	return forMain(func(t testing.TB) string { return StartRedis(t).Addr })
}

// MongoForMain does the same with a server of MongoDB's protocol.
func MongoForMain() (url string, end func(), err error) {
	return forMain(func(t testing.TB) string { return StartMongo(t).URL })
}

func forMain(start func(t testing.TB) string) (address string, end func(), err error) {
	m := &whole{}
	defer func() {
		switch why := recover().(type) {
		case nil:
			return
		case skipped:
			flag.Parse()
			address, end, err = "", m.end, flag.Set("test.skip", "^Example")
		case error:
			m.end()
			address, end, err = "", nil, why
		default:
			panic(why)
		}
	}()
	return start(m), m.end, nil
}

// whole stands for all tests of a package where something is started for one. It
// has what the functions of this package need of a test; Fatal and Skip end its
// TestMain's call by a panic.
type whole struct {
	testing.TB // nil
	ends       []func()
}

type skipped string

func (w *whole) Helper()                      {}
func (w *whole) Failed() bool                 { return false }
func (w *whole) Cleanup(f func())             { w.ends = append(w.ends, f) }
func (w *whole) Fatal(args ...any)            { panic(errors.New(fmt.Sprint(args...))) }
func (w *whole) Fatalf(text string, a ...any) { panic(fmt.Errorf(text, a...)) }
func (w *whole) Skip(args ...any)             { panic(skipped(fmt.Sprint(args...))) }

func (w *whole) TempDir() string {
	dir, err := os.MkdirTemp("", "cachier-")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (w *whole) end() {
	for _, f := range slices.Backward(w.ends) {
		f()
	}
	w.ends = nil
}
