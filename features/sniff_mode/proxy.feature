@model:certificate @requires:proxy-mode
Feature: The proxy of sniff mode, beside proxy mode
  cluster.remote.<alias>.proxy is older than proxy mode, and still there: every connection goes to that address, to the seed
  and to whatever addresses the remote nodes publish. It sends no server name.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents

  Scenario: It leads to nodes whose published addresses are out of reach
    When the local cluster adds "partner" in sniff mode with the proxy on port 9300
    Then "partner" is connected
    And its remote info is
      | connected                   | true       |
      | mode                        | sniff      |
      | seeds                       | <as added> |
      | num_nodes_connected         | 1          |
      | max_connections_per_cluster | <default>  |
      | initial_connect_timeout     | <default>  |
      | skip_unavailable            | <default>  |
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario Outline: It is wrong: <what>
    When the local cluster adds "partner" in sniff mode with the proxy on port <port>
    Then "partner" fails as "<failure>"

    Examples:
      | what                      | port | failure                                   |
      | nothing listens there     | 9999 | connection-refused-in-sniff-mode          |
      | the HTTP interface        | 9200 | not-a-transport-port-in-sniff-mode        |
      | it routes by server names | 9400 | closed-by-the-load-balancer-in-sniff-mode |

  Scenario: Its host name does not resolve
    When the local cluster sets for "partner"
      | seeds | ["<server name>:1"]  |
      | proxy | nowhere.invalid:9300 |
    Then "partner" fails as "unknown-host-in-sniff-mode"
