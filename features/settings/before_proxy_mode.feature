@requires:sniff-with-proxy
Feature: Settings of a remote cluster that are refused before proxy mode
  Before 7.6 a remote cluster has seeds, and a proxy only as the way to them.

  Background:
    Given a local and a remote cluster without security

  Scenario Outline: A setting of a connection that has no address: <name>
    When the local cluster sets for "partner"
      | <name> | <value> |
    Then it is refused as "<refusal>"

    Examples:
      | name                    | value            | refusal                               |
      | skip_unavailable        | true             | skip-unavailable-without-connection   |
      | transport.compress      | true             | transport-settings-without-connection |
      | transport.ping_schedule | 30s              | transport-settings-without-connection |
      | proxy                   | "<address:9300>" | proxy-without-seeds                   |

  Scenario: Removing the seeds leaves skip_unavailable behind
    Given the local cluster sets for "partner"
      | seeds            | ["<address:9999>"] |
      | skip_unavailable | true               |
    When the local cluster sets for "partner"
      | seeds | null |
    Then it is refused as "skip-unavailable-without-connection"

  Scenario Outline: An address: <what>
    When the local cluster sets for "partner"
      | seeds | ["<value>"] |
    Then it is refused as "<refusal>"

    Examples:
      | what                        | value            | refusal                    |
      | no port                     | es.example       | proxy-address-without-port |
      | a port that is not a number | es.example:https | port-not-a-number          |
      | IPv6 brackets and no port   | [2001:db8::1]    | port-not-a-number          |
      | port 0                      | es.example:0     | port-not-positive          |

  Scenario: There is no proxy mode
    When the local cluster sets for "partner"
      | mode          | proxy          |
      | proxy_address | <address:9300> |
    Then it is refused as "proxy-mode-before-7-6"

  Scenario: skip_unavailable is a boolean
    When the local cluster sets for "partner"
      | seeds            | ["<address:9300>"] |
      | skip_unavailable | "yes"              |
    Then it is refused as "skip-unavailable-not-a-boolean"

  Scenario Outline: A static setting through the API: <name>
    When the local cluster puts the settings
      """
      {"persistent": {"cluster.remote.<name>": <value>}}
      """
    Then it is refused as "static-setting-through-the-api"

    Examples:
      | name                    | value     |
      | initial_connect_timeout | "5s"      |
      | connections_per_cluster | 5         |

  Scenario: A search names an alias, and there is no remote cluster
    Then searching "nobody:logs" fails as "unknown-alias"

  Scenario: A search names an alias that is unknown beside one that is known
    When the local cluster sets for "partner"
      | seeds | ["<address:9999>"] |
    Then searching "nobody:logs" fails as "unknown-alias"

  Scenario: A seed names a host that nobody knows
    When the local cluster sets for "partner"
      | seeds | ["nowhere.invalid:9300"] |
    Then "partner" fails as "unknown-host-in-sniff-mode"
