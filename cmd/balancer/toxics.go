package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"
)

func registerToxics() { toxics.Register("idle_cut", new(idleCut)) }

// idleCut is a toxic that passes data on and closes a connection when none came for Idle milliseconds.
type idleCut struct {
	Idle int64 `json:"idle"`
}

// Pipe implements toxics.Toxic for one direction of one connection.
func (t *idleCut) Pipe(stub *toxics.ToxicStub) {
	idle := time.Duration(t.Idle) * time.Millisecond
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		select {
		case <-stub.Interrupt:
			return
		case chunk := <-stub.Input:
			if chunk == nil {
				stub.Close()
				return
			}
			stub.Output <- chunk
			timer.Reset(idle)
		case <-timer.C:
			stub.Close()
			// Whoever still writes to this toxic waits for a reader until the connection is gone.
			for chunk := range stub.Input {
				_ = chunk
			}
			return
		}
	}
}

// checkToxic refuses attributes that would end the whole process (a slicer that never gets to a size, or cuts outside
// its data) or never let anything through. An update may leave out those that stay.
func checkToxic(kind string, attributes json.RawMessage, update bool) error {
	var a struct {
		AverageSize   *int64 `json:"average_size"`
		SizeVariation int64  `json:"size_variation"`
		Rate          *int64 `json:"rate"`
		Idle          *int64 `json:"idle"`
	}
	if len(attributes) > 0 {
		if err := json.Unmarshal(attributes, &a); err != nil {
			return fmt.Errorf("attributes: %w", err)
		}
	}
	positive := func(field string, v *int64) error {
		if v == nil && update || v != nil && *v >= 1 {
			return nil
		}
		return fmt.Errorf("attributes.%s: a %s needs a number of 1 or more", field, kind)
	}
	switch kind {
	case "bandwidth":
		return positive("rate", a.Rate)
	case "idle_cut":
		return positive("idle", a.Idle)
	case "slicer":
		if err := positive("average_size", a.AverageSize); err != nil {
			return err
		}
		if a.SizeVariation != 0 && (a.AverageSize == nil || a.SizeVariation < 0 || a.SizeVariation >= *a.AverageSize) {
			return fmt.Errorf("attributes.size_variation: %d is not between 0 and average_size, which must be given with it",
				a.SizeVariation)
		}
	}
	return nil
}
