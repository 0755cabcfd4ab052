package attest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sigstore/rekor/pkg/generated/client/entries"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/sign"
)

// Sign signs a statement with a key that is made for it and forgotten, and returns a
// bundle as JSON (application/vnd.dev.sigstore.bundle.v0.3+json): a DSSE envelope,
// Fulcio's certificate for the workflow, and who bears witness to the time. Nothing
// is uploaded but to a transparency log, where there is one.
func (c Client) Sign(ctx context.Context, r Runner, e Endpoints, statement []byte) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	token, err := c.idToken(ctx, r, audienceFulcio)
	if err != nil {
		return nil, err
	}
	key, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	transport := c.in(ctx).Transport
	options := sign.BundleOptions{
		Context: ctx,
		// Attempts and time limits are ours, in the transport.
		CertificateProvider:        certificates{sign.NewFulcio(&sign.FulcioOptions{BaseURL: strings.TrimSuffix(e.Fulcio, "/"), Timeout: -1, Transport: transport}), e.Fulcio},
		CertificateProviderOptions: &sign.CertificateProviderOptions{IDToken: token},
	}
	if e.Rekor != "" {
		options.TransparencyLogs = []sign.Transparency{sign.NewRekor(&sign.RekorOptions{Client: rekor{ctx, c, strings.TrimSuffix(e.Rekor, "/")}})}
	}
	if e.Timestamps != "" {
		options.TimestampAuthorities = []*sign.TimestampAuthority{sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{URL: e.Timestamps, Timeout: -1, Transport: transport})}
	}
	made, err := sign.Bundle(&sign.DSSEData{Data: statement, PayloadType: payloadType}, key, options)
	if err != nil {
		return nil, fmt.Errorf("sign attestation: %w", bare(err))
	}
	whole, err := bundle.NewBundle(made) // looks whether all is there
	if err != nil {
		return nil, fmt.Errorf("sign attestation: what the servers gave makes no bundle: %w", err)
	}
	text, err := whole.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer // protobuf's JSON has spaces by chance
	err = json.Compact(&b, text)
	return b.Bytes(), err
}

// certificates are Fulcio's, for our key and no other.
type certificates struct {
	*sign.Fulcio
	server string
}

func (f certificates) GetCertificate(ctx context.Context, key sign.Keypair, o *sign.CertificateProviderOptions) ([]byte, error) {
	der, err := f.Fulcio.GetCertificate(ctx, key, o)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the certificate of %s: %w", f.server, err)
	}
	if public, ok := certificate.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(key.GetPublicKey()) {
		return nil, fmt.Errorf("the certificate of %s is for another key", f.server)
	}
	return der, nil
}

// rekor adds entries to a transparency log, by version 1 of its API. The client that
// comes with it has proxies, authorities and attempts of its own.
type rekor struct {
	ctx    context.Context
	client Client
	server string
}

func (r rekor) CreateLogEntry(p *entries.CreateLogEntryParams, _ ...entries.ClientOption) (*entries.CreateLogEntryCreated, error) {
	body, err := json.Marshal(p.ProposedEntry)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.server+"/api/v1/log/entries", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	answer, err := r.client.in(r.ctx).Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusCreated {
		return nil, fmt.Errorf("%s answers %s%s", r.server, answer.Status, said(text.Bytes()))
	}
	var made models.LogEntry
	if err := json.Unmarshal(text.Bytes(), &made); err != nil || len(made) != 1 {
		return nil, errors.New(r.server + " answers with something else than an entry of its log")
	}
	for id := range made {
		return &entries.CreateLogEntryCreated{ETag: id, Payload: made}, nil
	}
	return nil, nil
}
