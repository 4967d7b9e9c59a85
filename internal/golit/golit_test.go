package golit

import (
	"bytes"
	"strings"
	"testing"
)

type inner struct {
	Name string
	Min  int
}

type outer struct {
	Text  string
	Level float64
	On    bool
	List  []string
	Pairs []inner
	One   *inner
	Refs  []*inner
	None  *inner
}

func TestWrite(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{outer{}, "outer{}"},
		{outer{Text: `\d"`, Level: 4.1, On: true, List: []string{"a\nb"}}, "outer{Text:`\\d\"`,Level:4.1,On:true,List:[]string{\"a\\nb\"},}"},
		{[]outer{{Text: "`\\"}}, "[]outer{{Text:\"`\\\\\",},}"},
		{&outer{One: &inner{Min: -3}, Pairs: []inner{{"x", 1}, {}}}, `&outer{Pairs:[]inner{{Name:"x",Min:1,},{},},One:&inner{Min:-3,},}`},
		{outer{Refs: []*inner{{Min: 2}}}, `outer{Refs:[]*inner{{Min:2,},},}`},
	} {
		var b bytes.Buffer
		if err := Write(&b, "golit", test.value); err != nil {
			t.Errorf("%+v: %v", test.value, err)
		}
		if got := strings.NewReplacer("\n", "", ": ", ":").Replace(b.String()); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
	for _, v := range []any{map[string]int{}, struct{ hidden int }{1}, new(int)} {
		if err := Write(&bytes.Buffer{}, "golit", v); err == nil {
			t.Errorf("%T is written", v)
		}
	}
}
