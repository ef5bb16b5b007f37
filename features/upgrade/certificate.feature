@upgrade @model:certificate
Feature: Upgrade with TLS certificates
  Connected clusters are upgraded node by node, the remote one first, while a watcher searches across. The certificates and
  the trust in them stay as they are.

  Scenario: From the last 8.x to 9.x, the remote cluster first
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster has 3 nodes
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    And a watcher searches "partner:logs" from the local cluster without pause
    When the remote cluster is upgraded node by node to "9.3.2"
    Then the watcher's searches were interrupted for at most 30 s
    When the local cluster is upgraded node by node to "9.3.2"
    Then the keys, settings and trust of "partner" still hold
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer
