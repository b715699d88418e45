package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// gate passes messages on to the server within, and their answers back. While
// one that may write is on its way, no other one is.
type gate struct {
	inner string       // the path of the server's socket
	turn  sync.RWMutex // held while a message is answered: alone for a write, together for reads
}

// serve takes connections until the listener is closed.
func (g *gate) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go g.pass(conn) // ends with the connection
	}
}

// pass serves one connection until either side has enough.
func (g *gate) pass(outside net.Conn) {
	defer func() { _ = outside.Close() }()
	inside, err := net.Dial("unix", g.inner)
	if err != nil {
		return
	}
	defer func() { _ = inside.Close() }()
	for {
		request, err := message(outside)
		if err != nil {
			return
		}
		answer, err := g.ask(inside, request)
		if err != nil {
			return
		}
		if _, err := outside.Write(answer); err != nil {
			return
		}
	}
}

// ask waits for its turn, and for the answer.
func (g *gate) ask(inside net.Conn, request []byte) ([]byte, error) {
	if writes(request) {
		g.turn.Lock()
		defer g.turn.Unlock()
	} else {
		g.turn.RLock()
		defer g.turn.RUnlock()
	}
	if _, err := inside.Write(request); err != nil {
		return nil, err
	}
	return message(inside)
}

// The wire protocol, as far as the gate has to know it:
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/.
const (
	headLength = 16       // length, request, response to, opcode
	mostLength = 48 << 20 // of a message
	opMsg      = 2013
	nameAt     = headLength + 4 + 1 + 4 + 1 // after flags, kind of section, length of the document, type of its first element
)

// message reads one whole message.
func message(from io.Reader) ([]byte, error) {
	head := make([]byte, headLength)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(head)
	if length < headLength || length > mostLength {
		return nil, errors.New("a message of an impossible length")
	}
	all := append(make([]byte, 0, length), head...)[:length]
	_, err := io.ReadFull(from, all[headLength:])
	return all, err
}

// reads are the commands that change nothing.
var reads = map[string]bool{
	"find": true, "getMore": true, "aggregate": true, "count": true, "hello": true, "ping": true, "isMaster": true, "ismaster": true,
	"collStats": true, "dbStats": true, "listCollections": true, "listIndexes": true, "endSessions": true, "killCursors": true,
}

// writes says whether a message may change something: the name of its command is
// the first of its document.
func writes(m []byte) bool {
	if binary.LittleEndian.Uint32(m[12:]) != opMsg {
		return false // a greeting of the old kind
	}
	if len(m) < nameAt || m[nameAt-6] != 0 {
		return true
	}
	name, _, _ := bytes.Cut(m[nameAt:], []byte{0})
	return !reads[string(name)]
}
