@model:certificate @requires:proxy-mode
Feature: The gateways of sniff mode
  Any remote node may be the seed. Gateways are up to three of the nodes that have another role than master alone, and, where
  cluster.remote.node.attr names an attribute, that have it.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster has 3 nodes
    And the nodes of the remote cluster are on the local cluster's network
    And node 1 of the remote cluster has the setting "node.roles" with the value "[master]"
    And node 3 of the remote cluster has the setting "node.attr.gateway" with the value "true"

  Scenario: The seed is a dedicated master, and the others are gateways
    Given "logs" on the remote cluster holds 3 documents
    When the local cluster sets for "partner"
      | seeds | ["<address of node 1>"] |
    Then "partner" is connected
    And its remote info is
      | connected                   | true       |
      | mode                        | sniff      |
      | seeds                       | <as added> |
      | num_nodes_connected         | 2          |
      | max_connections_per_cluster | <default>  |
      | initial_connect_timeout     | <default>  |
      | skip_unavailable            | <default>  |
    And searching "partner:logs" finds 3 documents

  Scenario: The seed is behind the load balancer, and the gateways are not
    Given "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: One gateway is enough where node_connections says so
    Given "logs" on the remote cluster holds 3 documents
    When the local cluster sets for "partner"
      | seeds            | ["<address of node 2>", "<address of node 3>"] |
      | node_connections | 1                                              |
    Then "partner" is connected
    And its remote info is
      | connected                   | true       |
      | mode                        | sniff      |
      | seeds                       | <as added> |
      | num_nodes_connected         | 1          |
      | max_connections_per_cluster | 1          |
      | initial_connect_timeout     | <default>  |
      | skip_unavailable            | <default>  |
    And searching "partner:logs" finds 3 documents

  Scenario: Only nodes with an attribute are gateways
    Given the local cluster has the setting "cluster.remote.node.attr" with the value "gateway"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster sets for "partner"
      | seeds | ["<address of node 1>"] |
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
