package main

import (
	"encoding/binary"
	"errors"
	"net"
	"strings"
)

// Record types and result codes of RFC 1035 and RFC 3596 that are answered.
const (
	typeA      = 1
	typeAAAA   = 28
	typeAny    = 255
	rcodeOK    = 0
	rcodeNoFun = 4
	rcodeNone  = 3
	ttlSeconds = 5
)

type question struct {
	id    uint16
	flags uint16
	name  string
	kind  uint16
	raw   []byte // the question section as it came, to be repeated in the answer
}

var errMalformed = errors.New("malformed message")

// parse reads the header and the one question that resolvers send.
func parse(message []byte) (question, error) {
	if len(message) < 12 || binary.BigEndian.Uint16(message[4:]) != 1 {
		return question{}, errMalformed
	}
	labels := []string{}
	at := 12
	for {
		if at >= len(message) {
			return question{}, errMalformed
		}
		size := int(message[at])
		at++
		if size == 0 {
			break
		}
		// A question has nothing before it that it could point to.
		if size > 63 || at+size > len(message) {
			return question{}, errMalformed
		}
		labels = append(labels, string(message[at:at+size]))
		at += size
	}
	if at+4 > len(message) {
		return question{}, errMalformed
	}
	return question{
		id:    binary.BigEndian.Uint16(message),
		flags: binary.BigEndian.Uint16(message[2:]),
		name:  strings.ToLower(strings.Join(labels, ".")),
		kind:  binary.BigEndian.Uint16(message[at:]),
		raw:   message[12 : at+4],
	}, nil
}

// answer builds the reply: addresses for a known name, nothing for a kind that a known name doesn't have.
func answer(asked question, addresses []net.IP, known bool) []byte {
	rcode := uint16(rcodeOK)
	if !known {
		rcode = rcodeNone
	}
	if asked.flags&0x7800 != 0 {
		rcode = rcodeNoFun
	}
	if rcode != rcodeOK || (asked.kind != typeA && asked.kind != typeAny) {
		addresses = nil
	}
	// Response, authoritative, recursion as desired and available.
	flags := 0x8480 | asked.flags&0x7900 | rcode
	reply := make([]byte, 12, 512)
	binary.BigEndian.PutUint16(reply, asked.id)
	binary.BigEndian.PutUint16(reply[2:], flags)
	binary.BigEndian.PutUint16(reply[4:], 1)
	binary.BigEndian.PutUint16(reply[6:], uint16(len(addresses)))
	reply = append(reply, asked.raw...)
	for _, address := range addresses {
		reply = append(reply, 0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, ttlSeconds, 0, 4)
		reply = append(reply, address.To4()...)
	}
	return reply
}
