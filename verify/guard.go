package verify

import (
	"fmt"
	"net/netip"
	"syscall"
)

// privateError says that an address is not one of the public Internet.
type privateError struct{ addr netip.Addr }

func (e privateError) Error() string {
	return fmt.Sprintf("%s is an internal address", e.addr)
}

// guardControl is a [net.Dialer]'s Control: it sees the very address that is about to
// be connected to, after name resolution, so that a name which resolves to another
// address the second time gains nothing.
func guardControl(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%q is no address", address)
	}
	if !public(ap.Addr()) {
		return privateError{ap.Addr().Unmap()}
	}
	return nil
}

// special are the blocks of addresses that are not of the public Internet, or that
// reach machines inside of a cloud: https://www.iana.org/assignments/iana-ipv4-special-registry
// and https://www.iana.org/assignments/iana-ipv6-special-registry; the last is Azure's:
// https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
	"168.63.129.16/32",
)

// Blocks whose addresses have one of IPv4 inside.
var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	sixToV4 = netip.MustParsePrefix("2002::/16")    // RFC 3056
	global6 = netip.MustParsePrefix("2000::/3")     // all that is assigned for the public Internet
)

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// public reports whether an address is one of the public Internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		raw := a.As16()
		switch {
		case nat64.Contains(a):
			return public(netip.AddrFrom4([4]byte(raw[12:])))
		case sixToV4.Contains(a):
			return public(netip.AddrFrom4([4]byte(raw[2:6])))
		case !global6.Contains(a):
			return false
		}
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}
