@model:certificate @requires:proxy-mode
Feature: The load balancer refuses or closes connections
  The load balancer in front of the remote cluster is down, or it is up and there is nothing behind it. Elasticsearch does
  not poll: it connects again by itself once when a connection ends, and after that only when a request wants the remote cluster.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents

  Scenario: It is down before the local cluster connects, and comes back
    Given the load balancer refuses connections on port 9300
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "connection-refused"
    When the load balancer heals
    Then "partner" is shown as disconnected
    And searching "partner:logs" finds 3 documents again

  Scenario: It goes down while the clusters are connected, and comes back
    Given the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When the load balancer refuses connections on port 9300
    Then "partner" is shown as disconnected
    And "partner" fails as "connection-refused"
    When the load balancer heals
    Then searching "partner:logs" finds 3 documents again

  Scenario: It is down, and the seed of sniff mode points at it
    Given the load balancer refuses connections on port 9300
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "connection-refused-in-sniff-mode"

  Scenario: The host name does not resolve
    When the local cluster adds "partner" in proxy mode at "no-such-host.crosscheck.test:9300"
    Then "partner" fails as "unknown-host"

  Scenario: Nobody is at the address, and the network says so
    When the local cluster sets for "partner"
      | mode          | proxy                    |
      | proxy_address | <address of nobody>:9300 |
    Then "partner" fails as "no-route-to-host"

  Scenario: It routes by server name, and sniff mode sends none
    When the local cluster adds "partner" in sniff mode with the seed on port 9400
    Then "partner" fails as "closed-by-the-load-balancer-in-sniff-mode"

  Scenario: The seed of sniff mode is the HTTP port
    When the local cluster adds "partner" in sniff mode with the seed on port 9200
    Then "partner" fails as "not-a-transport-port-in-sniff-mode"

  Scenario: It resets connections as soon as something is sent
    Given the load balancer resets connections on port 9300 after 0 ms
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "closed-by-the-load-balancer"
    When the load balancer heals
    Then searching "partner:logs" finds 3 documents again

  Scenario: It resets connections in the middle of a search
    Given the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When the load balancer resets connections on port 9300 after 200 ms
    Then searching "partner:logs" fails as "connection-cut-during-a-search"
    When the load balancer heals
    Then searching "partner:logs" finds 3 documents again

  Scenario: It resets the connections of sniff mode
    Given the load balancer resets connections on port 9300 after 0 ms
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "closed-by-the-load-balancer-in-sniff-mode"

  Scenario: Something on the local side accepts connections and closes them
    Given something on the local side accepts connections to port 9300 and closes them
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "connection-dropped-on-the-local-side"
    And no connection has reached the remote cluster
