// Package killing kills the processes that write to a store at random moments,
// and looks whether anybody ever reads what nobody stored, and whether the dead
// leave anything that hinders those who go on. It is for tests only.
//
// A store's tests describe its [Trial] once and call [Become] first in TestMain,
// which lets any other process play a [Role] too:
//
//	var trial = killing.Trial{Open: openWriter, Kills: 20, ...}
//
//	func TestMain(m *testing.M) {
//		killing.Become(map[string]killing.Role{killing.Writer: trial.Write})
//		os.Exit(m.Run())
//	}
//
//	func TestKilledWriters(t *testing.T) {
//		trial.Kill(t, b, dir)
//		trial.Reclaim(t, b)
//		// Only the store's own test can tell that nothing is left.
//	}
//
// CACHIER_TEST_KILLS says how many are killed; CACHIER_TEST_SEED repeats what they
// do and when they die, as far as the machine does.
package killing
