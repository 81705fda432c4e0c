package rtc

import (
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// loggers hands the library's warnings to our log, at debug level: the operator is
// told by whip and preview what they mean.
type loggers struct{ log *slog.Logger }

func (l loggers) NewLogger(scope string) logging.LeveledLogger {
	log := l.log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return logger{log.With("webrtc", scope)}
}

type logger struct{ log *slog.Logger }

func (logger) Trace(string)          {}
func (logger) Tracef(string, ...any) {}
func (logger) Debug(string)          {}
func (logger) Debugf(string, ...any) {}
func (logger) Info(string)           {}
func (logger) Infof(string, ...any)  {}

func (l logger) Warn(msg string)                   { l.log.Debug(msg) }
func (l logger) Warnf(format string, args ...any)  { l.log.Debug(fmt.Sprintf(format, args...)) }
func (l logger) Error(msg string)                  { l.log.Debug(msg) }
func (l logger) Errorf(format string, args ...any) { l.log.Debug(fmt.Sprintf(format, args...)) }
