package killing

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cachier-go/cachier/backend"
)

// leastSize is what the time in a sealed value takes, in bytes.
const leastSize = 8

// Seal returns an entry of which every part can be told from the value, and the
// value be told to be whole and to belong to the key. The value is random, but
// for the time in it, and a little larger than size, in bytes.
func Seal(r *rand.Rand, key string, size int) backend.Entry {
	v := make([]byte, max(size, leastSize))
	for i := leastSize; i+8 <= len(v); i += 8 {
		binary.LittleEndian.PutUint64(v[i:], r.Uint64())
	}
	created := time.Now().Truncate(time.Millisecond)
	binary.LittleEndian.PutUint64(v, uint64(created.UnixMilli()))
	sum := seal(key, v)
	e := backend.Entry{Value: append(v, sum[:]...), Meta: sum[:], Created: created, Cost: cost(len(v))}
	if d := life(len(v)); d > 0 {
		e.Expires = created.Add(d)
	}
	return e
}

func seal(key string, v []byte) [sha256.Size]byte { return sha256.Sum256(append([]byte(key), v...)) }

// cost is what computing a value of so many bytes took.
func cost(size int) time.Duration { return time.Duration(size) * time.Second }

// life is how long a value of so many bytes lasts; 0: for ever, as half of them
// do. None is over before the test is.
func life(size int) time.Duration { return time.Duration(size%2*size) * time.Hour }

// Broken says what is wrong with an entry that Seal made for the key. Its times
// may be off by clockError, in a store that keeps them on a clock of its own.
func Broken(key string, e backend.Entry, clockError time.Duration) error {
	n := len(e.Value) - sha256.Size
	if n < leastSize {
		return fmt.Errorf("a value of %d bytes", len(e.Value))
	}
	v := e.Value[:n]
	created := time.UnixMilli(int64(binary.LittleEndian.Uint64(v)))
	sum := seal(key, v)
	switch {
	case !bytes.Equal(sum[:], e.Value[n:]):
		return fmt.Errorf("a torn value of %d bytes", len(e.Value))
	case !bytes.Equal(sum[:], e.Meta):
		return errors.New("the Meta of another value")
	case e.Cost != cost(n):
		return errors.New("the cost of another value")
	case e.Created.Sub(created).Abs() > clockError:
		return fmt.Errorf("created %v, not %v", e.Created, created)
	case e.Expires.IsZero() != (life(n) == 0),
		life(n) > 0 && e.Expires.Sub(created.Add(life(n))).Abs() > clockError:
		return fmt.Errorf("expires %v, created %v, not %v apart", e.Expires, created, life(n))
	}
	return nil
}
