package pki

import (
	"crypto/x509/pkix"
	"encoding/asn1"
)

var (
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidCommonName     = asn1.ObjectIdentifier{2, 5, 4, 3}
)

// The choices of GeneralName, RFC 5280 section 4.2.1.6.
const (
	tagOtherName = 0
	tagDNSName   = 2
	tagIPAddress = 7
)

// subjectAltName builds the whole extension by hand: crypto/x509 knows no otherName, and ignores DNSNames and
// IPAddresses once this extension is given. It is nil where there is no name at all.
func subjectAltName(leaf Leaf) (*pkix.Extension, error) {
	var names []asn1.RawValue
	for _, n := range leaf.DNSNames {
		names = append(names, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tagDNSName, Bytes: []byte(n)})
	}
	for _, ip := range leaf.IPs {
		b := ip.To4()
		if b == nil {
			b = ip.To16()
		}
		names = append(names, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tagIPAddress, Bytes: b})
	}
	for _, n := range leaf.OtherNames {
		other, err := otherName(n)
		if err != nil {
			return nil, err
		}
		names = append(names, other)
	}
	if len(names) == 0 {
		return nil, nil
	}
	der, err := asn1.Marshal(names)
	if err != nil {
		return nil, err
	}
	return &pkix.Extension{Id: oidSubjectAltName, Value: der}, nil
}

// otherName is [0] { OID 2.5.4.3, [0] UTF8String }.
func otherName(value string) (asn1.RawValue, error) {
	id, err := asn1.Marshal(oidCommonName)
	if err != nil {
		return asn1.RawValue{}, err
	}
	text, err := asn1.MarshalWithParams(value, "utf8")
	if err != nil {
		return asn1.RawValue{}, err
	}
	wrapped, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: text})
	if err != nil {
		return asn1.RawValue{}, err
	}
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tagOtherName, IsCompound: true,
		Bytes: append(id, wrapped...)}, nil
}
