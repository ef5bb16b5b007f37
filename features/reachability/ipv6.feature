@guide:eck-to-other-eck
Feature: An IPv6 address of the load balancer
  An IPv6 address stands in square brackets, and the port behind them. A node connects to one only if its own machine had
  one when it started, and a way there.

  @model:api-key @step:using-the-elasticsearch-api @step:note-ipv6-address
  Scenario: Connect with a cross-cluster API key
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And an IPv6 network joins the local cluster and the load balancer
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster sets for "partner"
      | mode          | proxy                   |
      | proxy_address | "[<IPv6 address>]:9443" |
      | server_name   | <server name>           |
    Then "partner" is connected
    And its remote info is
      | connected                    | true            |
      | mode                         | proxy           |
      | proxy_address                | <as added>      |
      | server_name                  | <as added>      |
      | num_proxy_sockets_connected  | 18              |
      | max_proxy_socket_connections | <default>       |
      | initial_connect_timeout      | <default>       |
      | skip_unavailable             | <default>       |
      | cluster_credentials          | ::es_redacted:: |
    And searching "partner:logs" finds 3 documents
    And resolving "partner:logs" shows it connected
    And every connection went through the load balancer

  @model:api-key @step:note-server-name-may-be-needed
  Scenario: The server name is left out, and the certificate names no IPv6 address
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And an IPv6 network joins the local cluster and the load balancer
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster sets for "partner"
      | mode          | proxy                   |
      | proxy_address | "[<IPv6 address>]:9443" |
    Then "partner" fails as "server-certificate-names-another-host"

  @model:api-key
  Scenario: The brackets are left out, and the port is what follows the last colon
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And an IPv6 network joins the local cluster and the load balancer
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster sets for "partner"
      | mode          | proxy                 |
      | proxy_address | "<IPv6 address>:9443" |
      | server_name   | <server name>         |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @model:certificate @requires:proxy-mode @step:using-the-elasticsearch-api @step:note-ipv6-address
  Scenario: Connect with TLS certificates
    Given a local and a remote cluster whose transport certificates trust each other
    And an IPv6 network joins the local cluster and the load balancer
    And "logs" on the remote cluster holds 3 documents
    When the local cluster sets for "partner"
      | mode          | proxy                   |
      | proxy_address | "[<IPv6 address>]:9300" |
      | server_name   | <server name>           |
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
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @model:certificate @requires:proxy-mode
  Scenario: A seed leads there, and the remote nodes publish another address
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster has the setting "transport.publish_host" with the value "127.0.0.1"
    And an IPv6 network joins the local cluster and the load balancer
    When the local cluster sets for "partner"
      | seeds | ["[<IPv6 address>]:9300"] |
    Then "partner" fails as "published-address-is-loopback"

  @model:none @requires:sniff-with-proxy
  Scenario: A proxy in sniff mode
    Given a local and a remote cluster without security
    And an IPv6 network joins the local cluster and the load balancer
    And "logs" on the remote cluster holds 3 documents
    When the local cluster sets for "partner"
      | seeds | ["<server name>:1"]     |
      | proxy | "[<IPv6 address>]:9300" |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @model:certificate @requires:proxy-mode
  Scenario: The local node has an IPv6 address, and no route to another network
    Given a local and a remote cluster whose transport certificates trust each other
    And an IPv6 network joins the local cluster and the load balancer
    When the local cluster adds "partner" in proxy mode at "[2001:db8::1]:9300"
    Then "partner" fails as "no-way-to-an-ipv6-address"

  @model:certificate @requires:proxy-mode
  Scenario: The local node has no IPv6 address
    Given a local and a remote cluster whose transport certificates trust each other
    When the local cluster adds "partner" in proxy mode at "[2001:db8::1]:9300"
    Then "partner" fails as "no-way-to-an-ipv6-address"

  @model:certificate @requires:proxy-mode
  Scenario: The local node has no IPv6 address, and a seed is one
    Given a local and a remote cluster whose transport certificates trust each other
    When the local cluster sets for "partner"
      | seeds | ["[2001:db8::1]:9300"] |
    Then "partner" fails as "no-way-to-an-ipv6-address-in-sniff-mode"
