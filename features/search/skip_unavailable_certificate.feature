@model:certificate
Feature: What skip_unavailable is by default, in the certificate model
  From 8.15 on the local side a remote cluster that cannot be reached is skipped unless skip_unavailable says otherwise;
  before that the search fails. A skipped one is left out of an answer of 200, and only its _clusters says so: below 8.10 by a
  count, from 8.10 on by name and with the cause.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected

  @requires:skip-unavailable-true-by-default
  Scenario: A remote cluster that cannot be reached is skipped from 8.15
    When the local cluster adds "associate" in proxy mode on port 9999
    And the local cluster searches "associate:logs,partner:logs"
    Then it is answered as "remote-cluster-skipped-by-default"

  @requires:skip-unavailable-false-by-default
  Scenario: A remote cluster that cannot be reached fails the search before 8.15
    When the local cluster adds "associate" in proxy mode on port 9999
    And the local cluster searches "associate:logs,partner:logs"
    Then it is refused as "remote-cluster-not-skipped-by-default"

  Scenario: A remote cluster that cannot be reached is skipped on request
    When the local cluster sets for "associate"
      | mode             | proxy          |
      | proxy_address    | <address:9999> |
      | skip_unavailable | true           |
    And the local cluster searches "associate:logs,partner:logs"
    Then it is answered as "remote-cluster-skipped-by-default"
