@guide:ech-other-organization-previous @model:none @requires:sniff-with-proxy
Feature: Sniff mode with a proxy
  Above 6.7 and below 7.6 there is no proxy mode. The remote cluster is added in sniff mode, with its server name and
  the port 1 as the only seed, and with the load balancer as its proxy.

  Background:
    Given a local and a remote cluster without security
    And "logs" on the remote cluster holds 3 documents

  @step:stack-version-above-6.7.0-and-below-7.6.0
  Scenario: The documented steps connect the clusters
    When the local cluster adds "partner" in sniff mode with the proxy on port 9300
    Then "partner" is connected
    And its remote info is
      | connected                   | true       |
      | seeds                       | <as added> |
      | num_nodes_connected         | 1          |
      | max_connections_per_cluster | <default>  |
      | initial_connect_timeout     | <default>  |
      | skip_unavailable            | <default>  |
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  Scenario Outline: The wrong port: <what>
    When the local cluster adds "partner" in sniff mode with the proxy on port <port>
    Then "partner" fails as "<failure>"

    Examples:
      | what               | port | failure                            |
      | the HTTP interface | 9200 | not-a-transport-port-in-plain-text |
      | nothing listens    | 9999 | connection-refused-in-sniff-mode   |
