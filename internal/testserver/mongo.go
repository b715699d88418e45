//go:build unix

package testserver

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Mongo is a running server that speaks MongoDB's wire protocol. It keeps its data
// in a PostgreSQL server of its own, to which nothing happens.
type Mongo struct {
	*Process
	Addr string
	// URL is that of the server, without a database.
	URL string

	program string
	args    []string
}

// StartMongo starts a server with no data, until the test ends.
func StartMongo(t testing.TB) *Mongo {
	t.Helper()
	m := &Mongo{program: Program(t, "mongoserver", builtServers())}
	data := StartPostgres(t)
	// Not t.TempDir, whose paths may be too long for a socket.
	dir, err := os.MkdirTemp("", "cachier-mongo-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	m.Addr = FreeAddr(t)
	m.URL = "mongodb://" + m.Addr + "/"
	m.args = []string{"-listen", m.Addr, "-postgres", data.URL, "-socket", filepath.Join(dir, "socket")}
	m.Restart(t)
	return m
}

// Restart serves the same data at the same address again, after Stop or Kill,
// until the test ends.
func (m *Mongo) Restart(t testing.TB) {
	t.Helper()
	m.Process = Start(t, m.program, m.args...)
	Eventually(t, "the server starts", func() error { return mongoPing(m.Addr) })
}

// mongoPing asks whether a server answers: the document {ping: 1, $db: "admin"}
// in one message, and any answer to it.
func mongoPing(addr string) error {
	document := "\x10ping\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
	body := make([]byte, 0, 64)
	for _, n := range []int{0, 1, 0, 2013, 0} { // length, request, response to, opcode, flags
		body = binary.LittleEndian.AppendUint32(body, uint32(n))
	}
	body = append(body, 0) // kind of section
	body = binary.LittleEndian.AppendUint32(body, uint32(4+len(document)))
	body = append(body, document...)
	binary.LittleEndian.PutUint32(body, uint32(len(body)))

	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write(body); err != nil {
		return err
	}
	var head [16]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return err
	}
	if code := binary.LittleEndian.Uint32(head[12:]); code != 2013 {
		return fmt.Errorf("it answers with a message of kind %d", code)
	}
	return nil
}
