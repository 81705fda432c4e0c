package microphone

import (
	"context"
	"fmt"
)

// Device is a microphone that is plugged in.
type Device struct {
	ID      string `json:"id" doc:"the sound library's name for it; may change when it is plugged in anew"`
	Name    string `json:"name" doc:"what its driver calls it"`
	Port    string `json:"port" doc:"where it is plugged in; empty when unknown"`
	Default bool   `json:"default" doc:"the system's choice"`
}

// Devices lists the microphones that are plugged in now and can be opened, in the
// order of their IDs. It takes as long as the sound library takes to look at each,
// usually well below a second, and gives up after 20 s.
func Devices() ([]Device, error) {
	return devices(starter(nil, nil))
}

func devices(start func(args ...string) (process, error)) ([]Device, error) {
	ctx, cancel := context.WithTimeout(context.Background(), openLimit)
	defer cancel()
	list, err := ask(ctx, start)
	if err != nil {
		return nil, fmt.Errorf("list microphones: %w", err)
	}
	return list, nil
}

func ask(ctx context.Context, start func(args ...string) (process, error)) ([]Device, error) {
	p, err := start("list")
	if err != nil {
		return nil, err
	}
	arrivals := make(chan arrival, queueLength)
	go receive(p, arrivals)
	var answer arrival
	select {
	case answer = <-arrivals:
	case <-ctx.Done():
		answer.err = fmt.Errorf("no answer within %v", openLimit)
	}
	stop(p, arrivals, ctx.Err() != nil)
	switch {
	case answer.err != nil:
		return nil, ended(answer.err, p)
	case answer.message.Failed():
		return nil, fault(answer.message)
	}
	var list []Device
	for _, d := range answer.message.Devices {
		list = append(list, Device(d))
	}
	return list, nil
}
