@requires:server-name
Feature: Settings of a remote cluster that are accepted and wrong
  A settings update that is answered 200 proves nothing: the connection is made later, and what is wrong shows in a search.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other

  Scenario Outline: A proxy address that leads nowhere: <what>
    When the local cluster adds "partner" in proxy mode at "<address>"
    Then "partner" fails as "<failure>"

    Examples:
      | what                                     | address                       | failure          |
      | a host that nobody knows                 | nowhere.invalid:9443          | unknown-host     |
      | a host with a scheme                     | https://es.invalid:9443       | unknown-host     |
      | two addresses in one text                | a.invalid:9443,b.invalid:9443 | unknown-host     |
      | an IPv6 address without brackets or port | 2001:db8::1                   | unknown-host     |
      | a bracket that is not closed             | [2001:db8::1:9443             | unknown-host     |
      | brackets around nothing                  | []:9443                       | unknown-host     |
      | brackets around a name                   | [es.example]:9443             | unknown-host     |
      | a port above 65535                       | 127.0.0.1:99999               | port-above-65535 |

  Scenario Outline: A seed that leads nowhere: <what>
    When the local cluster sets for "partner"
      | seeds | <seeds> |
    Then "partner" fails as "<failure>"

    Examples:
      | what                                            | seeds                                      | failure                        |
      | a host that nobody knows                        | ["nowhere.invalid:9443"]                   | unknown-host-in-sniff-mode     |
      | nobody knows the first host, the second refuses | ["nowhere.invalid:9443", "<address:9999>"] | unknown-host-in-sniff-mode     |
      | an IPv6 address without brackets or port        | ["2001:db8::1"]                            | unknown-host-in-sniff-mode     |
      | brackets around nothing                         | ["[]:9300"]                                | unknown-host-in-sniff-mode     |
      | a port above 65535                              | ["127.0.0.1:99999"]                        | port-above-65535-in-sniff-mode |

  Scenario: A server name that cannot be one
    When the local cluster adds "partner" in proxy mode on port 9300 with the server name "remote_server"
    Then "partner" fails as "server-name-not-a-host-name"

  Scenario Outline: Settings without an address are no remote cluster: <name> <value>
    When the local cluster sets for "partner"
      | mode   | <mode>  |
      | <name> | <value> |
    Then "partner" is not in the remote info
    And searching "partner:logs" fails as "unknown-alias"

    Examples:
      | mode  | name                     | value          |
      | proxy | proxy_socket_connections | 18             |
      | proxy | proxy_address            | ""             |
      | proxy | proxy_address.host       | <address:9443> |
      | sniff | node_connections         | 3              |
      | sniff | seeds                    | []             |
