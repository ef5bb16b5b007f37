@model:certificate @requires:proxy-mode
Feature: Sniff mode with TLS certificates
  The local cluster asks a seed for the nodes of the remote cluster, and connects to up to three of them as gateways, at the
  addresses that they publish. What it connects to is behind the load balancer only where the remote nodes say so.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other

  Scenario: The remote node publishes the address of the load balancer
    Given the remote cluster publishes the address of the load balancer
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
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

  Scenario: One of two seeds is down
    Given the remote cluster publishes the address of the load balancer
    And "logs" on the remote cluster holds 3 documents
    When the local cluster sets for "partner"
      | seeds | ["<address:9999>", "<address:9300>"] |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: Switching from sniff mode to proxy mode while connected, and back
    Given the remote cluster publishes the address of the load balancer
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in sniff mode with the seed on port 9300
    And "partner" is connected
    When the local cluster sets for "partner"
      | mode          | proxy          |
      | seeds         | null           |
      | proxy_address | <address:9300> |
    Then "partner" is connected
    And its remote info is
      | connected                    | true       |
      | mode                         | proxy      |
      | proxy_address                | <as added> |
      | server_name                  | <default>  |
      | num_proxy_sockets_connected  | 18         |
      | max_proxy_socket_connections | <default>  |
      | initial_connect_timeout      | <default>  |
      | skip_unavailable             | <default>  |
    When the local cluster sets for "partner"
      | mode          | sniff              |
      | seeds         | ["<address:9300>"] |
      | proxy_address | null               |
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
