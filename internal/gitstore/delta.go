package gitstore

import (
	"errors"
	"fmt"
	"math/bits"
)

// Op is one step by which an object is made from its base: Len bytes are copied
// from From in the base, or, if From is negative, are new.
type Op struct{ From, Len int }

var errDelta = errors.New("its delta is damaged")

// deltaSizes reads the sizes of base and result at the start of a delta.
func deltaSizes(delta []byte) (base, result int64, rest []byte, err error) {
	if base, delta, err = deltaSize(delta); err != nil {
		return 0, 0, nil, err
	}
	if result, rest, err = deltaSize(delta); err != nil {
		return 0, 0, nil, err
	}
	return base, result, rest, nil
}

func deltaSize(b []byte) (int64, []byte, error) {
	var n uint64
	for i, shift := 0, 0; i < len(b) && shift <= 56; i, shift = i+1, shift+7 {
		n |= uint64(b[i]&0x7f) << shift
		if b[i]&0x80 == 0 {
			return int64(n), b[i+1:], nil
		}
	}
	return 0, nil, errDelta
}

// deltaResult tells how long the result of a delta is, having seen that its steps make
// up that much: a size that nothing stands behind would cost memory.
func deltaResult(delta []byte) (int64, error) {
	_, size, steps, err := deltaSizes(delta)
	if err != nil {
		return 0, err
	}
	if size > MaxObject {
		return 0, tooLarge(size)
	}
	var sum int64
	for i := 0; i < len(steps); {
		c := steps[i]
		i++
		if c&0x80 == 0 {
			sum += int64(c)
			i += int(c)
			continue
		}
		i += bits.OnesCount8(c & 0x0f)
		n := int64(0)
		for bit := range 3 {
			if c>>(4+bit)&1 != 0 {
				if i >= len(steps) {
					return 0, errDelta
				}
				n |= int64(steps[i]) << (8 * bit)
				i++
			}
		}
		if n == 0 {
			n = 0x10000
		}
		sum += n
	}
	if sum != size {
		return 0, errDelta
	}
	return size, nil
}

// apply makes an object from its base: it fills dst, which is as long as the result,
// and appends to ops how, neighbouring new parts melted into one.
func apply(dst, base, delta []byte, ops []Op) ([]Op, error) {
	baseSize, size, delta, err := deltaSizes(delta)
	if err != nil {
		return nil, err
	}
	if baseSize != int64(len(base)) || size != int64(len(dst)) {
		return nil, fmt.Errorf("its delta is for a base of %d bytes, and that has %d", baseSize, len(base))
	}
	at := 0
	for i := 0; i < len(delta); {
		c := delta[i]
		i++
		if c&0x80 == 0 { // new bytes
			n := int(c)
			if n == 0 || i+n > len(delta) || at+n > len(dst) {
				return nil, errDelta
			}
			copy(dst[at:], delta[i:i+n])
			if k := len(ops); k > 0 && ops[k-1].From < 0 {
				ops[k-1].Len += n
			} else {
				ops = append(ops, Op{-1, n})
			}
			i += n
			at += n
			continue
		}
		var from, n uint32
		for bit := range 4 {
			if c>>bit&1 != 0 {
				if i >= len(delta) {
					return nil, errDelta
				}
				from |= uint32(delta[i]) << (8 * bit)
				i++
			}
		}
		for bit := range 3 {
			if c>>(4+bit)&1 != 0 {
				if i >= len(delta) {
					return nil, errDelta
				}
				n |= uint32(delta[i]) << (8 * bit)
				i++
			}
		}
		if n == 0 {
			n = 0x10000
		}
		if uint64(from)+uint64(n) > uint64(len(base)) || uint64(at)+uint64(n) > uint64(len(dst)) {
			return nil, errDelta
		}
		copy(dst[at:], base[from:from+n])
		if k := len(ops); k > 0 && ops[k-1].From >= 0 && ops[k-1].From+ops[k-1].Len == int(from) {
			ops[k-1].Len += int(n)
		} else {
			ops = append(ops, Op{int(from), int(n)})
		}
		at += int(n)
	}
	if at != len(dst) {
		return nil, errDelta
	}
	return ops, nil
}
