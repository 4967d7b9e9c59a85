// Package golit writes data as Go source: in goes a value, out comes the literal that
// makes it. Whoever generates code from data uses it; what the compiler lays out ready
// in the binary costs nothing at start.
package golit

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Write writes v as a literal for a file of package pkg, whose own types stand without
// a qualifier. It knows booleans, numbers, texts, and pointers to, slices of and
// structs of what it knows; fields with their zero value are left out. Unexported
// fields and all other kinds are an error. The text is not formatted.
func Write(w io.Writer, pkg string, v any) error {
	p := printer{w: w, pkg: pkg}
	p.value(reflect.ValueOf(v), false)
	return p.err
}

type printer struct {
	w   io.Writer
	pkg string
	err error
}

func (p *printer) put(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

// value writes v; implied says that the literal around it tells the type.
func (p *printer) value(v reflect.Value, implied bool) {
	switch v.Kind() {
	case reflect.Bool:
		p.put(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.put(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.put(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		p.put(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	case reflect.String:
		p.put(quote(v.String()))
	case reflect.Pointer:
		switch {
		case v.IsNil():
			p.put("nil")
		case v.Elem().Kind() != reflect.Struct:
			p.fail(v.Type())
		case implied:
			p.value(v.Elem(), true)
		default:
			p.put("&")
			p.value(v.Elem(), false)
		}
	case reflect.Slice:
		p.slice(v, implied)
	case reflect.Struct:
		p.structure(v, implied)
	default:
		p.fail(v.Type())
	}
}

func (p *printer) fail(t reflect.Type) {
	if p.err == nil {
		p.err = fmt.Errorf("a %s cannot be written as a literal", t)
	}
}

func (p *printer) slice(v reflect.Value, implied bool) {
	if v.IsNil() {
		p.put("nil")
		return
	}
	if !implied {
		p.put(p.name(v.Type()))
	}
	p.put("{")
	lines := v.Len() > 1 || v.Len() == 1 && v.Type().Elem().Kind() != reflect.String
	for i := range v.Len() {
		if lines {
			p.put("\n")
		}
		p.value(v.Index(i), true)
		if lines {
			p.put(",")
		}
	}
	if lines {
		p.put("\n")
	}
	p.put("}")
}

func (p *printer) structure(v reflect.Value, implied bool) {
	if !implied {
		p.put(p.name(v.Type()))
	}
	p.put("{")
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			p.fail(v.Type())
			return
		}
		if v.Field(i).IsZero() {
			continue
		}
		p.put("\n" + field.Name + ": ")
		p.value(v.Field(i), false)
		p.put(",")
	}
	p.put("\n}")
}

// name is a type as the file writes it.
func (p *printer) name(t reflect.Type) string {
	return strings.ReplaceAll(t.String(), p.pkg+".", "")
}

// quote writes a text in back quotes where they show it better.
func quote(s string) string {
	if strings.ContainsAny(s, `\"`) && !strings.Contains(s, "\n") && strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
