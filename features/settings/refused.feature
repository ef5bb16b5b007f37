@requires:server-name
Feature: Settings of a remote cluster that are refused
  Elasticsearch checks the settings of a remote cluster against each other before it takes any of them. A refused update
  changes nothing.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other

  Scenario Outline: A setting of sniff mode in proxy mode: <name>
    When the local cluster sets for "partner"
      | mode          | proxy          |
      | proxy_address | <address:9443> |
      | <name>        | <value>        |
    Then it is refused as "<refusal>"
    And "partner" is not in the remote info

    Examples:
      | name             | value              | refusal                        |
      | seeds            | ["<address:9443>"] | seeds-in-proxy-mode            |
      | node_connections | 3                  | node-connections-in-proxy-mode |
      | proxy            | "<address:9443>"   | proxy-without-seeds            |

  Scenario Outline: A setting of proxy mode in sniff mode: <name>
    When the local cluster sets for "partner"
      | seeds  | ["<address:9443>"] |
      | <name> | <value>            |
    Then it is refused as "proxy-address-in-sniff-mode"

    Examples:
      | name                     | value          |
      | proxy_address            | <address:9443> |
      | server_name              | <server name>  |
      | proxy_socket_connections | 18             |

  Scenario: Sniff mode is the default
    When the local cluster sets for "partner"
      | proxy_address | <address:9443> |
      | server_name   | <server name>  |
    Then it is refused as "proxy-address-in-sniff-mode"

  Scenario Outline: A setting of a connection that has no address: <name>
    When the local cluster sets for "partner"
      | <name> | <value> |
    Then it is refused as "<refusal>"

    Examples:
      | name                         | value            | refusal                               |
      | skip_unavailable             | true             | skip-unavailable-without-connection   |
      | transport.compress           | true             | transport-settings-without-connection |
      | transport.ping_schedule      | 30s              | transport-settings-without-connection |
      | transport.compression_scheme | lz4              | transport-settings-without-connection |
      | proxy                        | "<address:9443>" | proxy-without-seeds                   |

  Scenario: Removing the proxy address leaves skip_unavailable behind
    Given the local cluster sets for "partner"
      | mode             | proxy          |
      | proxy_address    | <address:9999> |
      | skip_unavailable | true           |
    When the local cluster sets for "partner"
      | mode          | null |
      | proxy_address | null |
    Then it is refused as "skip-unavailable-without-connection"

  Scenario: Removing the seeds leaves skip_unavailable behind
    Given the local cluster sets for "partner"
      | seeds            | ["<address:9999>"] |
      | skip_unavailable | true               |
    When the local cluster sets for "partner"
      | seeds | null |
    Then it is refused as "skip-unavailable-without-connection"

  Scenario: Removing the seeds leaves the proxy behind
    Given the local cluster sets for "partner"
      | seeds | ["<server name>:1"] |
      | proxy | "<address:9999>"    |
    When the local cluster sets for "partner"
      | seeds | null |
    Then it is refused as "proxy-without-seeds"

  Scenario: Switching from proxy mode to sniff mode with the old settings in place
    Given the local cluster sets for "partner"
      | mode          | proxy          |
      | proxy_address | <address:9999> |
      | server_name   | <server name>  |
    When the local cluster sets for "partner"
      | mode  | sniff              |
      | seeds | ["<address:9999>"] |
    Then it is refused as "proxy-address-in-sniff-mode"

  Scenario: Removing the mode alone
    Given the local cluster sets for "partner"
      | mode          | proxy          |
      | proxy_address | <address:9999> |
    When the local cluster sets for "partner"
      | mode | null |
    Then it is refused as "proxy-address-in-sniff-mode"

  Scenario: Switching from sniff mode to proxy mode with the old settings in place
    Given the local cluster sets for "partner"
      | seeds | ["<address:9999>"] |
    When the local cluster sets for "partner"
      | mode          | proxy          |
      | proxy_address | <address:9999> |
    Then it is refused as "seeds-in-proxy-mode"

  Scenario Outline: An address of sniff mode: <what>
    When the local cluster sets for "partner"
      | seeds | ["<value>"] |
    Then it is refused as "<refusal>"

    Examples:
      | what                        | value            | refusal                    |
      | no port                     | es.example       | proxy-address-without-port |
      | a port that is not a number | es.example:https | port-not-a-number          |
      | no digits after the colon   | es.example:      | port-not-a-number          |
      | IPv6 brackets and no port   | [2001:db8::1]    | port-not-a-number          |
      | port 0                      | es.example:0     | port-not-positive          |
      | a negative port             | es.example:-1    | port-not-positive          |

  Scenario Outline: An address of proxy mode: <what>
    When the local cluster sets for "partner"
      | mode          | proxy   |
      | proxy_address | <value> |
    Then it is refused as "<refusal>"

    Examples:
      | what                        | value                            | refusal                    |
      | no port                     | es.example                       | proxy-address-without-port |
      | a port that is not a number | es.example:https                 | port-not-a-number          |
      | port 0                      | es.example:0                     | port-not-positive          |
      | a negative port             | es.example:-1                    | port-not-positive          |
      | a path after the port       | es.example:9443/                 | port-not-a-number          |
      | IPv6 brackets and no port   | "[2001:db8::1]"                  | port-not-a-number          |
      | IPv6 brackets and a colon   | "[2001:db8::1]:"                 | port-not-a-number          |
      | IPv6 without either         | "2001:db8::a"                    | port-not-a-number          |
      | brackets around nothing     | "[]"                             | proxy-address-without-port |
      | a list                      | ["es.example:1", "es.example:2"] | port-not-a-number          |

  Scenario: The proxy of sniff mode has no port
    When the local cluster sets for "partner"
      | seeds | ["<server name>:1"] |
      | proxy | es.example          |
    Then it is refused as "proxy-address-without-port"

  Scenario Outline: A value that the setting does not take: <name> <value>
    When the local cluster sets for "partner"
      | mode      | <mode>         |
      | <address> | <address:9443> |
      | <name>    | <value>        |
    Then it is refused as "<refusal>"

    Examples:
      | mode  | address       | name                         | value | refusal                            |
      | proxy | proxy_address | proxy_socket_connections     | 0     | number-of-connections-below-one    |
      | sniff | seeds         | node_connections             | 0     | number-of-connections-below-one    |
      | proxy | proxy_address | proxy_socket_connections     | many  | number-of-connections-not-a-number |
      | sniff | seeds         | node_connections             | 1.5   | number-of-connections-not-a-number |
      | proxy | proxy_address | skip_unavailable             | "yes" | skip-unavailable-not-a-boolean     |
      | proxy | proxy_address | skip_unavailable             | 1     | skip-unavailable-not-a-boolean     |
      | proxy | proxy_address | transport.compress           | all   | compress-unknown-value             |
      | proxy | proxy_address | transport.compression_scheme | gzip  | compression-scheme-unknown-value   |
      | proxy | proxy_address | transport.ping_schedule      | often | ping-schedule-not-a-time           |
      | proxy | proxy_address | transport.ping_schedule      | 30    | ping-schedule-not-a-time           |

  Scenario Outline: An unknown mode: <mode>
    When the local cluster sets for "partner"
      | mode          | <mode>         |
      | proxy_address | <address:9443> |
    Then it is refused as "mode-unknown"

    Examples:
      | mode   |
      | direct |
      | ""     |

  Scenario Outline: A mistyped setting: <name>
    When the local cluster sets for "partner"
      | mode   | proxy          |
      | <name> | <address:9443> |
    Then it is refused as "setting-unknown"

    Examples:
      | name          |
      | proxy_adress  |
      | proxy-address |
      | address       |
      | servername    |

  Scenario: A setting of the name that it had before 6.5
    When the local cluster puts the settings
      """
      {"persistent": {"search.remote.partner.seeds": ["es.example:9300"]}}
      """
    Then it is refused as "settings-of-search-remote"

  Scenario Outline: An alias of characters that it cannot have: <alias>
    When the local cluster sets for "<alias>"
      | mode          | proxy          |
      | proxy_address | <address:9443> |
    Then it is refused as "alias-of-other-characters"

    Examples:
      | alias        |
      | partner.eu   |
      | partner eu   |
      | pärtner      |
      | partner:logs |
      | *            |

  Scenario: The empty alias
    When the local cluster puts the settings
      """
      {"persistent": {"cluster": {"remote": {"": {"mode": "proxy", "proxy_address": "es.example:9443"}}}}}
      """
    Then it is refused as "alias-empty"

  Scenario: The API key is not a setting of the API
    When the local cluster sets for "partner"
      | mode          | proxy                  |
      | proxy_address | <address:9443>         |
      | credentials   | not-a-secret-of-anyone |
    Then it is refused as "credentials-through-the-settings-api"

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
      | node.attr               | "gateway" |

  Scenario: The remote cluster server is not enabled through the API
    When the local cluster puts the settings
      """
      {"persistent": {"remote_cluster_server.enabled": true}}
      """
    Then it is refused as "remote-cluster-server-through-the-api"

  @requires:strong-identity
  Scenario Outline: What signs requests is incomplete: <name> alone
    When the local cluster sets for "partner"
      | mode          | proxy          |
      | proxy_address | <address:9443> |
      | <name>        | signing.pem    |
    Then it is refused as "<refusal>"

    Examples:
      | name                | refusal                         |
      | signing.certificate | signing-certificate-without-key |
      | signing.key         | signing-key-without-certificate |

  @requires:strong-identity
  Scenario: What signs requests is there twice
    When the local cluster sets for "partner"
      | mode                  | proxy          |
      | proxy_address         | <address:9443> |
      | signing.certificate   | signing.crt    |
      | signing.key           | signing.key    |
      | signing.keystore.path | signing.p12    |
    Then it is refused as "signing-key-and-keystore"
