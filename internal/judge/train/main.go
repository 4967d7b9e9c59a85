package main

import (
	"fmt"
	"os"
)

func main() {
	if err := buildLexicon("internal/judge/lexicon.gz"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
