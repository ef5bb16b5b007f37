package steps

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/crosscheck-dev/crosscheck"

// sources are the module's packages, read from their files. A package of anybody else's is empty: of what it declares
// nothing is known, and what is wrong because of that is passed over.
type sources struct {
	files     *token.FileSet
	info      *types.Info
	packages  map[string]*types.Package
	functions map[string]*function // those below steps, by the names that package runtime has for them
}

// function is what a function of a step does in its own body, closures included.
type function struct {
	name   string
	calls  []*types.Func
	asks   []request // of a client, with a path that is written down
	sends  []string  // keys of maps, those of nested maps with dots between
	texts  []string  // other strings; what is put into them at run time is an x
	fields []string  // of structs, that it sets
	guards []string  // facts that it asks for before it does anything
}

// request is one to a cluster. The method is empty where it is not known.
type request struct{ method, path string }

// Import implements types.Importer.
func (s *sources) Import(name string) (*types.Package, error) {
	if known := s.packages[name]; known != nil {
		return known, nil
	}
	own, ok := strings.CutPrefix(name, module+"/")
	if !ok {
		s.packages[name] = types.NewPackage(name, path.Base(name))
		s.packages[name].MarkComplete()
		return s.packages[name], nil
	}
	parsed, err := s.parse(os.DirFS(".."), own)
	if err != nil {
		return nil, err
	}
	config := types.Config{Importer: s, Error: func(error) {}}
	checked, _ := config.Check(name, s.files, parsed, s.info) // its errors are of the empty packages
	s.packages[name] = checked
	if strings.HasPrefix(own, "steps/") {
		for _, file := range parsed {
			s.note(file)
		}
	}
	return checked, nil
}

func (s *sources) parse(root fs.FS, folder string) ([]*ast.File, error) {
	names, err := fs.Glob(root, folder+"/*.go")
	if err != nil {
		return nil, err
	}
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(s.files, name, data, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
	}
	return parsed, nil
}

// note keeps what the functions of a file do.
func (s *sources) note(file *ast.File) {
	for _, declaration := range file.Decls {
		d, ok := declaration.(*ast.FuncDecl)
		if !ok || d.Body == nil {
			continue
		}
		object, ok := s.info.Defs[d.Name].(*types.Func)
		if !ok {
			continue
		}
		f := &function{name: runtimeName(object)}
		s.functions[f.name] = f
		ast.Inspect(d.Body, func(n ast.Node) bool { return s.inspect(f, n) })
	}
}

// runtimeName is the name that package runtime has for a function: path/pkg.(*Type).method.
func runtimeName(f *types.Func) string {
	if f.Pkg() == nil {
		return f.Name()
	}
	name := f.Pkg().Path() + "."
	if receiver := f.Signature().Recv(); receiver != nil {
		t, format := receiver.Type(), "%"
		if pointer, ok := t.(*types.Pointer); ok {
			t, format = pointer.Elem(), "(*%)"
		}
		if named, ok := t.(*types.Named); ok {
			name += strings.ReplaceAll(format, "%", named.Obj().Name()) + "."
		}
	}
	return name + f.Name()
}

func (s *sources) inspect(f *function, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Ident:
		if called, ok := s.info.Uses[n].(*types.Func); ok {
			f.calls = append(f.calls, called)
		}
	case *ast.CallExpr:
		s.call(f, n)
	case *ast.CompositeLit:
		f.sends = append(f.sends, s.keys("", n)...)
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			switch left := left.(type) {
			case *ast.IndexExpr:
				f.sends = append(f.sends, s.text(left.Index))
			case *ast.SelectorExpr:
				f.fields = append(f.fields, left.Sel.Name)
			}
		}
	}
	if e, ok := n.(ast.Expr); ok {
		if text := s.text(e); text != "x" {
			f.texts = append(f.texts, text)
		}
	}
	return true
}

// call keeps a request that is written down, and the fact that a guard asks for.
func (s *sources) call(f *function, n *ast.CallExpr) {
	selector, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	switch name := selector.Sel.Name; {
	case name == "Do" && len(n.Args) == 4:
		r := request{method: s.method(n.Args[1]), path: s.text(n.Args[2])}
		if strings.HasPrefix(r.path, "/") {
			f.asks = append(f.asks, r)
		}
	case (name == "Applies" || name == "Knows") && len(n.Args) > 0:
		f.guards = append(f.guards, s.text(n.Args[0]))
	}
}

// method is an HTTP method: a string, or a constant of net/http.
func (s *sources) method(e ast.Expr) string {
	if selector, ok := e.(*ast.SelectorExpr); ok {
		if name, ok := strings.CutPrefix(selector.Sel.Name, "Method"); ok {
			return strings.ToUpper(name)
		}
	}
	if text := s.text(e); text != "x" {
		return text
	}
	return ""
}

// text is a string as far as it is known before it runs. What is not is an x.
func (s *sources) text(e ast.Expr) string {
	if value := s.info.Types[e].Value; value != nil && value.Kind() == constant.String {
		return constant.StringVal(value)
	}
	if sum, ok := e.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
		return s.text(sum.X) + s.text(sum.Y)
	}
	return "x"
}

// keys are those of a map that is written down, and of the maps in it with theirs before.
func (s *sources) keys(prefix string, n *ast.CompositeLit) []string {
	if _, ok := n.Type.(*ast.MapType); !ok {
		return nil
	}
	var all []string
	for _, element := range n.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key := prefix + s.text(pair.Key)
		all = append(all, key)
		if inner, ok := pair.Value.(*ast.CompositeLit); ok {
			all = append(all, s.keys(key+".", inner)...)
		}
	}
	return all
}

// read reads the steps of every noun.
func read(t *testing.T) *sources {
	t.Helper()
	s := &sources{files: token.NewFileSet(), packages: map[string]*types.Package{"unsafe": types.Unsafe},
		functions: map[string]*function{}, info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{},
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
	nouns, err := fs.ReadDir(os.DirFS("."), ".")
	require.NoError(t, err)
	for _, noun := range nouns {
		if noun.IsDir() && !slices.Contains([]string{"session", "suite", "replay", "testdata"}, noun.Name()) {
			_, err := s.Import(module + "/steps/" + noun.Name())
			require.NoError(t, err)
		}
	}
	return s
}
