// Package keystore reads and writes Elasticsearch's keystore file as its own tool does, without starting a JVM. It
// knows keystores without a password, in the formats 4 to 7: of 7.1 and all later versions (measured on 7.17.29, 8.5.0
// and 9.3.2). A file keeps the format that it has, so that the version that made it opens it without an upgrade.
package keystore

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"regexp"
	"slices"
)

// FileName is that of the keystore in a node's config folder. Lucene's header repeats it.
const FileName = "elasticsearch.keystore"

const (
	headerMagic = 0x3fd76c17
	footerMagic = 0xc02893e8
	footerSize  = 16

	nonceSize = 12 // bytes
)

// settingName is what Elasticsearch's tool takes for a name (KeyStoreWrapper, ALLOWED_SETTING_NAME).
var settingName = regexp.MustCompile(`^[A-Za-z0-9_\-.]+$`)

// form is what differs between the formats of the file.
type form struct {
	order      byteOrder // of the lengths; Lucene's header and footer are big-endian in all
	iterations int       // of PBKDF2 with HMAC and SHA-512
	keySize    int       // of AES, in bytes
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var forms = map[uint32]form{
	4: {binary.BigEndian, 10_000, 16},
	5: {binary.LittleEndian, 10_000, 16},
	6: {binary.LittleEndian, 210_000, 16},
	7: {binary.LittleEndian, 210_000, 32},
}

// Keystore holds secure settings by name, with what the file that they were read from has of its own: its format, its
// salt, and the key that was derived from it.
type Keystore struct {
	Format   uint32
	Settings map[string][]byte

	salt []byte
	key  cipher.AEAD
}

// Reader opens keystore files. To derive a key takes a good part of a second, so it remembers the last one: a file that
// was written with the same salt opens at once. Its zero value is ready; it is for one caller at a time.
type Reader struct {
	form form
	salt []byte
	key  cipher.AEAD
}

// Read opens a keystore file. One with a password, of an unknown format or with a wrong checksum is an error.
func (r *Reader) Read(file []byte) (*Keystore, error) {
	format, body, err := open(file)
	if err != nil {
		return nil, fmt.Errorf("read a keystore: %w", err)
	}
	plain, err := r.decrypt(body, forms[format])
	if err != nil {
		return nil, fmt.Errorf("read a keystore of format %d: %w", format, err)
	}
	settings, err := unpack(plain)
	if err != nil {
		return nil, fmt.Errorf("read a keystore of format %d: %w", format, err)
	}
	return &Keystore{Format: format, Settings: settings, salt: r.salt, key: r.key}, nil
}

// open checks what surrounds the encrypted data: Lucene's header, the mark of a password, and Lucene's footer.
func open(file []byte) (format uint32, body []byte, err error) {
	header := header(0)
	start := len(header) + 1 // a byte says whether there is a password
	if len(file) < start+4+footerSize || !bytes.Equal(file[:len(header)-4], header[:len(header)-4]) {
		return 0, nil, errors.New("it does not begin like one")
	}
	format = binary.BigEndian.Uint32(file[len(header)-4:])
	form, known := forms[format]
	if !known {
		return 0, nil, fmt.Errorf("its format is %d, and 4 to 7 are known", format)
	}
	if file[start-1] != 0 {
		return 0, nil, errors.New("it has a password")
	}
	end := len(file) - footerSize
	if length := form.order.Uint32(file[start:]); int64(length) != int64(end-start-4) {
		return 0, nil, fmt.Errorf("it says %d bytes of data, and holds %d", length, end-start-4)
	}
	if !bytes.Equal(file[end:], footer(file[:end])) {
		return 0, nil, errors.New("its checksum is wrong")
	}
	return format, file[start+4 : end], nil
}

func header(format uint32) []byte {
	out := binary.BigEndian.AppendUint32(nil, headerMagic)
	out = append(out, byte(len(FileName)))
	out = append(out, FileName...)
	return binary.BigEndian.AppendUint32(out, format)
}

// footer is Lucene's: its magic, the number of the checksum's algorithm, and the checksum of all before itself.
func footer(file []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, footerMagic)
	out = binary.BigEndian.AppendUint32(out, 0)
	sum := crc32.Update(crc32.ChecksumIEEE(file), crc32.IEEETable, out)
	return binary.BigEndian.AppendUint64(out, uint64(sum))
}

// decrypt takes salt, nonce and data, each after its length.
func (r *Reader) decrypt(body []byte, f form) ([]byte, error) {
	var parts [3][]byte
	for i := range parts {
		if len(body) < 4 {
			return nil, errors.New("its data ends too early")
		}
		length := int64(f.order.Uint32(body))
		if int64(len(body)-4) < length {
			return nil, errors.New("its data ends too early")
		}
		parts[i], body = body[4:4+length], body[4+length:]
	}
	salt, nonce, data := parts[0], parts[1], parts[2]
	if len(nonce) != nonceSize {
		return nil, fmt.Errorf("its nonce has %d bytes, not %d", len(nonce), nonceSize)
	}
	if r.key == nil || r.form != f || !bytes.Equal(r.salt, salt) {
		key, err := f.cipher(salt)
		if err != nil {
			return nil, err
		}
		r.form, r.salt, r.key = f, slices.Clone(salt), key
	}
	plain, err := r.key.Open(nil, nonce, data, salt)
	if err != nil {
		return nil, errors.New("it does not open with the empty password")
	}
	return plain, nil
}

// cipher is AES in Galois/counter mode, with a key made of the empty password.
func (f form) cipher(salt []byte) (cipher.AEAD, error) {
	key, err := pbkdf2.Key(sha512.New, "", salt, f.iterations, f.keySize)
	if err != nil {
		return nil, fmt.Errorf("derive the key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

// unpack reads the settings as Java's DataOutputStream writes them: a count, then names and values after their lengths.
func unpack(plain []byte) (map[string][]byte, error) {
	early := errors.New("its settings end too early")
	if len(plain) < 4 {
		return nil, early
	}
	count := binary.BigEndian.Uint32(plain)
	plain = plain[4:]
	settings := map[string][]byte{}
	for range count {
		if len(plain) < 2 {
			return nil, early
		}
		length := int(binary.BigEndian.Uint16(plain))
		if plain = plain[2:]; len(plain) < length+4 {
			return nil, early
		}
		name := string(plain[:length])
		size := int64(binary.BigEndian.Uint32(plain[length:]))
		if plain = plain[length+4:]; int64(len(plain)) < size {
			return nil, early
		}
		settings[name], plain = slices.Clone(plain[:size]), plain[size:]
	}
	return settings, nil
}

// Put stores a setting, in place of one of the same name. A name that Elasticsearch's tool refuses is an error.
func (k *Keystore) Put(name, value string) error {
	if !settingName.MatchString(name) || len(name) > math.MaxUint16 {
		return fmt.Errorf("%q is no name of a secure setting: letters, digits, _, - and . are", name)
	}
	k.Settings[name] = []byte(value)
	return nil
}

// Remove takes a setting out. One that is not there is an error.
func (k *Keystore) Remove(name string) error {
	if _, there := k.Settings[name]; !there {
		return fmt.Errorf("%q is not in the keystore", name)
	}
	delete(k.Settings, name)
	return nil
}

// File is the keystore as a file, with the salt that it had and a new nonce.
func (k *Keystore) File() []byte {
	f := forms[k.Format]
	nonce := make([]byte, nonceSize)
	rand.Read(nonce) // never fails
	var body []byte
	for _, part := range [][]byte{k.salt, nonce, k.key.Seal(nil, nonce, k.pack(), k.salt)} {
		body = f.order.AppendUint32(body, uint32(len(part)))
		body = append(body, part...)
	}
	out := append(header(k.Format), 0) // no password
	out = f.order.AppendUint32(out, uint32(len(body)))
	out = append(out, body...)
	return append(out, footer(out)...)
}

func (k *Keystore) pack() []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(k.Settings)))
	for _, name := range slices.Sorted(maps.Keys(k.Settings)) {
		out = binary.BigEndian.AppendUint16(out, uint16(len(name)))
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, uint32(len(k.Settings[name])))
		out = append(out, k.Settings[name]...)
	}
	return out
}
