Feature: A remote cluster in elasticsearch.yml
  A node connects to the remote clusters in its own elasticsearch.yml while it starts, and to those of the cluster settings
  later.

  @model:certificate @requires:proxy-mode
  Scenario: Nothing listens at the proxy address, and the node does not start below 8.4
    Given a local and a remote cluster whose transport certificates trust each other
    When the local cluster restarts with "partner" in elasticsearch.yml
      | mode          | proxy          |
      | proxy_address | <address:9999> |
    Then the local cluster does not start as "local-node-does-not-start"

  @model:certificate @requires:proxy-mode
  Scenario: Nothing listens at the seed, and the node does not start below 8.4
    Given a local and a remote cluster whose transport certificates trust each other
    When the local cluster restarts with "partner" in elasticsearch.yml
      | seeds | ["<address:9999>"] |
    Then the local cluster does not start as "local-node-does-not-start"

  @model:certificate @requires:proxy-mode
  Scenario: Nobody answers at the seed, and the node does not start below 8.4
    Given a local and a remote cluster whose transport certificates trust each other
    And the local cluster has the setting "transport.connect_timeout" with the value "1s"
    And the load balancer swallows everything on port 9300
    When the local cluster restarts with "partner" in elasticsearch.yml
      | seeds | ["<address:9300>"] |
    Then the local cluster does not start as "local-node-does-not-start"

  @model:none
  Scenario: Nothing listens at the seed, without security, and the node does not start below 8.4
    Given a local and a remote cluster without security
    When the local cluster restarts with "partner" in elasticsearch.yml
      | seeds | ["<address:9999>"] |
    Then the local cluster does not start as "local-node-does-not-start"

  @model:certificate @requires:proxy-mode @requires:starts-without-remote-clusters
  Scenario: Nothing listens at the proxy address, and the node starts from 8.4
    Given a local and a remote cluster whose transport certificates trust each other
    When the local cluster restarts with "partner" in elasticsearch.yml
      | mode          | proxy          |
      | proxy_address | <address:9999> |
    Then the local cluster has started
    And "partner" is shown as disconnected
