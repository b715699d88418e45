// Package backendtest is the conformance suite of package backend: every
// [backend.Backend] passes it, and an author of one needs no other list of what
// a store has to keep.
//
//	func TestConformance(t *testing.T) {
//		backendtest.Run(t, backendtest.Harness{
//			New: func(t testing.TB) backend.Backend {
//				b, err := mystore.New(t.TempDir(), nil)
//				if err != nil {
//					t.Fatal(err)
//				}
//				return b
//			},
//		})
//	}
//
// Each case is a subtest of its own, on a store of its own, and prints why the
// contract demands what failed. What a backend doesn't implement of the
// optional interfaces is left out or tested through its fall-back.
//
// # Time
//
// A store can't be told what time it is, so some cases wait: a few seconds in
// all, with no assumption on how fast the machine is. A store that works within
// the process waits in no time at all, see Harness.Bubble.
//
// # Randomness
//
// The model test draws from a seed that it logs; CACHIER_TEST_SEED repeats one.
package backendtest
