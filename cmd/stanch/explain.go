package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stanchsec/stanch/detector"
	"github.com/stanchsec/stanch/internal/config"
	"github.com/stanchsec/stanch/internal/engine"
	"github.com/stanchsec/stanch/internal/explain"
	"github.com/stanchsec/stanch/internal/readfile"
	"github.com/stanchsec/stanch/internal/text"
	"github.com/stanchsec/stanch/rules"
)

// maxExplained is the size of a file that can be explained, in bytes.
const maxExplained = 64 << 20

func (p *program) explainCommand() *cobra.Command {
	var f ruleFlags
	var minConfidence string
	cmd := &cobra.Command{
		Use:   "explain [flags] TEXT | FILE[:LINE] | -",
		Short: "Tell what the rules make of a text, or of a line of a file",
		Long: `Tell for a text, or for a file or one line of it, which rules were woken, what they
matched, how each match was judged, and what dropped it. An argument that names a
file is a file; anything else is the text itself. "-" reads standard input, which
keeps a secret out of the shell's history.

With -v rules that were woken and matched nothing are told, too.`,
		Example: `  stanch explain config/prod.yml:12
  stanch explain -v --rule 'aws-*' config/prod.yml
  pbpaste | stanch explain -`,
		Args: oneArgument("a text, FILE, FILE:LINE or -"),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, line, err := p.explained(args[0])
			if err != nil {
				return err
			}
			target := "."
			if doc.Location.Path != "-" {
				target = doc.Location.Path
			}
			tree, set, err := f.load([]string{target}, nil)
			if err != nil {
				return err
			}
			least, err := confidenceOf(tree, minConfidence, target)
			if err != nil {
				return err
			}
			verbose, _ := cmd.Flags().GetCount("verbose")
			return explain.Write(cmd.Context(), p.stdout, set, doc, explain.Options{
				Line: line, All: verbose > 0, MinConfidence: engine.Least(least),
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&minConfidence, "min-confidence", "", "the confidence a finding needs: low, medium or high (default medium)")
	complete(cmd, "min-confidence", "low", "medium", "high")
	return cmd
}

// confidenceOf is what a finding at a target needs: as the flag says, else the
// configuration, else medium.
func confidenceOf(tree *config.Tree, flag, target string) (rules.Confidence, error) {
	if flag != "" {
		c, err := config.ParseConfidence(flag)
		if err != nil {
			return "", fmt.Errorf("--min-confidence: %w", err)
		}
		return c, nil
	}
	dir := "."
	if i := strings.LastIndexByte(target, '/'); i >= 0 {
		dir = target[:i]
	}
	folder, err := tree.Folder(dir)
	if err != nil {
		return "", err
	}
	if c, ok := folder.MinConfidence(); ok {
		return c, nil
	}
	return rules.ConfidenceMedium, nil
}

// explained is what an argument of explain stands for, and the line asked for, 0 for all.
func (p *program) explained(arg string) (detector.Document, int, error) {
	doc := detector.Document{Location: detector.Location{Path: "-"}}
	if arg == "-" {
		data, err := io.ReadAll(io.LimitReader(p.stdin, maxExplained))
		doc.Data = data
		return doc, 0, err
	}
	path, line := fileAndLine(arg)
	if path == "" {
		doc.Data = []byte(arg)
		return doc, 0, nil
	}
	data, err := readfile.Regular(path, maxExplained)
	if err != nil {
		return doc, 0, err
	}
	doc.Location.Path = filepath.ToSlash(path)
	err = decode(&doc, data)
	return doc, line, err
}

// decode puts the content of a whole file into the document that its place is in already.
func decode(doc *detector.Document, data []byte) (err error) {
	form := text.Detect(data[:min(len(data), text.HeadSize)])
	doc.Binary = form.Binary
	if doc.Data, err = form.Decode(data); err != nil {
		return fmt.Errorf("%s: %w", doc.Location.Name(), err)
	}
	return nil
}

// placePattern is what a person types who means a line of a file.
var placePattern = regexp.MustCompile(`^([^\s"'=:]*[/\\.][^\s"'=:]*):([1-9][0-9]{0,8})$`)

// fileAndLine takes FILE or FILE:LINE apart; path is empty if arg is neither. What has
// the look of FILE:LINE is taken for it even if there is no such file, so that the error
// says so.
func fileAndLine(arg string) (path string, line int) {
	if _, err := os.Stat(arg); err == nil {
		return arg, 0
	}
	i := strings.LastIndexByte(arg, ':')
	if i < 0 {
		return "", 0
	}
	n, err := strconv.Atoi(arg[i+1:])
	if err != nil || n < 1 {
		return "", 0
	}
	if _, err := os.Stat(arg[:i]); err == nil || placePattern.MatchString(arg) {
		return arg[:i], n
	}
	return "", 0
}
