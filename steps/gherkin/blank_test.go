package gherkin

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
)

// nasty has everything that makes it hard to cut one scenario out of a feature file.
const nasty = "# language: de\r\n" + `# a comment
@alle
Funktionalität: Böse
  Scenario: is no keyword in the description of a German feature, Szenario is

  Grundlage:
    Angenommen a cluster "west"

  # about the next one
  @eins @zwei
  # between tags
  @drei
  Szenario: Ein Text, der wie Gherkin aussieht
    Dann "west" says
      """
      Szenario: This is text
        Dann it is no step
      @tag
      Beispiele:
        | a |
      """
    Und its info is
      | a    | \| |
      # a comment in a table
      | \n b | c  |

  Szenariogrundriss: <wer> holds <n>
    It has a description.

    Dann "<wer>" holds <n> documents
    Und its info is
      | <wer> | <n> |

    @erste
    Beispiele: die ersten
      | wer  | n |
      | west | 1 |

      # a comment
      | ost  | 2 |

    @zweite @leere
    Beispiele: keine
      | wer | n |

    @dritte
    Beispiele:
      And a description.
      | wer  | n |
      | west | 3 |
      | west | 3 |

  @regel
  Regel: Eine Regel
    Grundlage:
      Angenommen a cluster "inner"

    Szenario: Innen
      Dann "west" says
        ` + "```" + `
        """
        ` + "```" + `

    @grundriss
    Szenariogrundriss: Innen <n>
      Dann "inner" holds <n> documents
      Beispiele:
        | n |
        | 4 |
        | 5 |

  Regel: Eine zweite
    Szenario: Ohne Schritte

    Beispiel: Das letzte
      * a cluster "last"`

// requireAlone checks that a scenario cut out of its file is the scenario in that file, and that nothing else is left.
func requireAlone(t *testing.T, s Scenario) {
	t.Helper()
	alone, err := Parse(s.File, s.Alone())
	require.NoError(t, err, "%s, cut out of its file:\n%s", s.ID(), s.Alone())
	require.Len(t, alone, 1, "%s, cut out of its file:\n%s", s.ID(), s.Alone())
	diff := cmp.Diff(s, alone[0], cmpopts.IgnoreUnexported(Scenario{}), cmpopts.EquateEmpty())
	require.Empty(t, diff, "%s differs when it is cut out of its file (-in the file +cut out)", s.ID())
}

func TestAScenarioCutOutOfItsFileStaysTheSame(t *testing.T) {
	for name, text := range map[string]string{
		"sample": sample, "nasty": nasty, "nasty, as Windows saves it": strings.ReplaceAll(nasty, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			scenarios, err := Parse("nasty.feature", []byte(text))
			require.NoError(t, err)
			require.NotEmpty(t, scenarios)
			for _, s := range scenarios {
				requireAlone(t, s)
				require.Equal(t, strings.Count(text, "\n"), bytes.Count(s.Alone(), []byte("\n")), "lines stay where they are")
			}
		})
	}
	require.Nil(t, Scenario{}.Alone(), "there is no file to cut it out of")
}

func TestEveryScenarioOfTheFeaturesCanBeCutOut(t *testing.T) {
	files, err := filepath.Glob("../../features/*/*.feature")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		scenarios, err := Parse(file, text)
		require.NoError(t, err)
		for _, s := range scenarios {
			requireAlone(t, s)
		}
	}
}
