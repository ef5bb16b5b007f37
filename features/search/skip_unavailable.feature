@model:api-key
Feature: What skip_unavailable is by default
  From 8.15 on the local side a remote cluster that cannot be reached is skipped unless skip_unavailable says otherwise;
  before that the search fails.

  Background:
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And "logs" on the remote cluster holds 3 documents
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"

  @requires:skip-unavailable-true-by-default
  Scenario: A remote cluster that cannot be reached is skipped from 8.15
    Given the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the local cluster adds "associate" in proxy mode on port 9999
    And the local cluster searches "associate:logs,partner:logs"
    Then it is answered as "remote-cluster-skipped-by-default"

  @requires:skip-unavailable-false-by-default
  Scenario: A remote cluster that cannot be reached fails the search before 8.15
    Given the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the local cluster adds "associate" in proxy mode on port 9999
    And the local cluster searches "associate:logs,partner:logs"
    Then it is refused as "remote-cluster-not-skipped-by-default"

  Scenario: A remote cluster that cannot be reached is skipped on request
    Given the local cluster adds "partner" in proxy mode on port 9443
    And "partner" is connected
    When the local cluster sets for "associate"
      | mode             | proxy          |
      | proxy_address    | <address:9999> |
      | skip_unavailable | true           |
    And the local cluster searches "associate:logs,partner:logs"
    Then it is answered as "remote-cluster-skipped-by-default"
