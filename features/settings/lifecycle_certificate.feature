@model:certificate
Feature: The life of a remote cluster's settings, in the certificate model
  A remote cluster is its settings: it exists as long as it has an address, and every change of the connection is a change
  of settings. Trust is between the clusters and not of an alias: a new name takes nothing else.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents

  Scenario: A remote cluster is removed when every setting is null
    Given the local cluster sets for "partner"
      | mode             | proxy          |
      | proxy_address    | <address:9300> |
      | server_name      | <server name>  |
      | skip_unavailable | false          |
    And "partner" is connected
    When the local cluster sets for "partner"
      | mode             | null |
      | proxy_address    | null |
      | server_name      | null |
      | skip_unavailable | null |
    Then "partner" is not in the remote info
    And searching "partner:logs" fails as "unknown-alias"

  Scenario: A removed remote cluster comes back
    Given the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    And the local cluster removes "partner"
    And "partner" is not in the remote info
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: A new name is another remote cluster, which takes nothing else
    Given the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When the local cluster removes "partner"
    And the local cluster adds "associate" in proxy mode on port 9300
    Then "associate" is connected
    And "partner" is not in the remote info
    And searching "associate:logs" finds 3 documents

  Scenario: Two aliases of one remote cluster find its documents twice
    When the local cluster adds "partner" in proxy mode on port 9300
    And the local cluster adds "associate" in proxy mode on port 9300
    Then "partner" is connected
    And "associate" is connected
    And searching "partner:logs" finds 3 documents
    And searching "partner:logs,associate:logs" finds 6 documents
    And searching "*:logs" finds 6 documents

  Scenario: The mode is written in capitals
    When the local cluster sets for "partner"
      | mode          | PROXY          |
      | proxy_address | <address:9300> |
      | server_name   | <server name>  |
    Then "partner" is connected

  Scenario: Switching from sniff mode to proxy mode in one update
    Given the local cluster sets for "partner"
      | seeds | ["<address:9999>"] |
    When the local cluster sets for "partner"
      | mode          | proxy          |
      | seeds         | null           |
      | proxy_address | <address:9300> |
      | server_name   | <server name>  |
    Then "partner" is connected
    And its remote info is
      | connected                    | true       |
      | mode                         | proxy      |
      | proxy_address                | <as added> |
      | server_name                  | <as added> |
      | num_proxy_sockets_connected  | 18         |
      | max_proxy_socket_connections | <default>  |
      | initial_connect_timeout      | <default>  |
      | skip_unavailable             | <default>  |

  Scenario: Switching from proxy mode to sniff mode in one update
    Given the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When the local cluster sets for "partner"
      | mode          | sniff              |
      | proxy_address | null               |
      | server_name   | null               |
      | seeds         | ["<address:9999>"] |
    Then "partner" fails as "connection-refused-in-sniff-mode"

  Scenario: The address is corrected under the same alias
    Given the local cluster adds "partner" in proxy mode on port 9999
    And "partner" fails as "connection-refused"
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: The address is broken under the same alias
    Given the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When the local cluster adds "partner" in proxy mode on port 9999
    Then "partner" fails as "connection-refused"

  Scenario Outline: Settings are changed while the clusters are connected: skip_unavailable <skip>
    Given the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When the local cluster sets for "partner"
      | skip_unavailable         | <skip> |
      | proxy_socket_connections | 3      |
      | transport.compress       | true   |
      | transport.ping_schedule  | 30s    |
    Then "partner" is connected
    And its remote info is
      | connected                    | true       |
      | mode                         | proxy      |
      | proxy_address                | <as added> |
      | server_name                  | <as added> |
      | num_proxy_sockets_connected  | 3          |
      | max_proxy_socket_connections | 3          |
      | initial_connect_timeout      | <default>  |
      | skip_unavailable             | <skip>     |
    And searching "partner:logs" finds 3 documents

    Examples:
      | skip  |
      | true  |
      | false |
