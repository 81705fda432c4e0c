// Package serialport opens the serial ports that instruments hang on. A port is
// named by what it is (USB vendor, product, serial number) or by where it is
// plugged in (its place on the USB tree), never by the order in which the kernel
// happened to number it. An open port is ours alone, its reads have a deadline
// and its writes never wait for longer than a second.
package serialport
