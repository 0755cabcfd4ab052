package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Join puts the detached signatures of several armoured files into one, each
// once. It is good for who wants one of them to be good.
func Join(armored ...[]byte) ([]byte, error) {
	var all bytes.Buffer
	for _, a := range armored {
		block, err := armor.Decode(bytes.NewReader(a))
		if err != nil {
			return nil, fmt.Errorf("read signature: %w", err)
		}
		for r := packet.NewOpaqueReader(block.Body); ; {
			p, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("read signature: %w", err)
			}
			var one bytes.Buffer
			if err := p.Serialize(&one); err != nil {
				return nil, err
			}
			if !bytes.Contains(all.Bytes(), one.Bytes()) {
				all.Write(one.Bytes())
			}
		}
	}
	return enarmor(all.Bytes())
}

func enarmor(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := armor.Encode(&b, "PGP SIGNATURE", nil)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
