package testreport

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// ReadCobertura reads how much was covered from the root element of a report in
// Cobertura's format (http://cobertura.sourceforge.net/xml/coverage-04.dtd), such
// as coverage.py's coverage.xml.
func ReadCobertura(in io.Reader) (Coverage, error) {
	var c Coverage
	d := xml.NewDecoder(in)
	for {
		token, err := d.Token()
		if err != nil {
			return c, fmt.Errorf("read coverage: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "coverage" {
			return c, fmt.Errorf("read coverage: element %q: want coverage", start.Name.Local)
		}
		rate := ""
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "line-rate":
				rate = a.Value
			case "lines-covered":
				c.Covered, _ = strconv.Atoi(a.Value)
			case "lines-valid":
				c.Valid, _ = strconv.Atoi(a.Value)
			}
		}
		if c.Rate, err = strconv.ParseFloat(rate, 64); err != nil || !(c.Rate >= 0 && c.Rate <= 1) {
			return c, errors.New("read coverage: no line-rate from 0 to 1")
		}
		return c, nil
	}
}

// ReadCoverageJSON reads how much was covered from coverage.py's coverage.json.
func ReadCoverageJSON(in io.Reader) (Coverage, error) {
	var report struct {
		Totals *struct {
			Covered int `json:"covered_lines"`
			Valid   int `json:"num_statements"`
		} `json:"totals"`
	}
	if err := json.NewDecoder(in).Decode(&report); err != nil {
		return Coverage{}, fmt.Errorf("read coverage: %w", err)
	}
	t := report.Totals
	switch {
	case t == nil:
		return Coverage{}, ErrOther
	case t.Covered < 0 || t.Covered > t.Valid:
		return Coverage{}, fmt.Errorf("read coverage: %d of %d lines", t.Covered, t.Valid)
	case t.Valid == 0:
		return Coverage{Rate: 1}, nil
	}
	return Coverage{Covered: t.Covered, Valid: t.Valid, Rate: float64(t.Covered) / float64(t.Valid)}, nil
}
