@model:certificate
Feature: skip_unavailable is set
  A remote cluster that may be skipped is left out of a search that does not reach it. The answer is 200, and says so in
  _clusters alone: below 8.10 by a count, from 8.10 on by name and with the cause.

  Scenario: A remote cluster that cannot be reached is skipped on request
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When the local cluster sets for "associate"
      | mode             | proxy          |
      | proxy_address    | <address:9999> |
      | skip_unavailable | true           |
    And the local cluster searches "associate:logs,partner:logs"
    Then it is answered as "remote-cluster-skipped-by-default"
