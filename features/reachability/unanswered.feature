@model:certificate @requires:proxy-mode
Feature: Connections that nobody answers
  A firewall drops packets, or the link is slower than the local cluster waits. How long it waits is the node setting
  transport.connect_timeout, 30 s by default; a second says the same sooner.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And the local cluster has the setting "transport.connect_timeout" with the value "1s"

  Scenario: The load balancer swallows everything before the local cluster connects
    Given "logs" on the remote cluster holds 3 documents
    And the load balancer swallows everything on port 9300
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "connection-times-out"
    When the load balancer heals
    Then searching "partner:logs" finds 3 documents again

  Scenario: Latency above the time limit of the handshake
    Given the load balancer delays everything on port 9300 by 3000 ms
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "connection-times-out"

  Scenario: The load balancer swallows everything, in sniff mode
    Given the load balancer swallows everything on port 9300
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "connection-times-out-in-sniff-mode"

  Scenario: Sniff mode goes to published addresses that cannot be reached
    When the local cluster adds "partner" in sniff mode with the seed on port 9300
    Then "partner" fails as "published-address-unreachable"
