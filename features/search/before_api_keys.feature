@model:certificate
Feature: What a search names, in the certificate model
  What is missing reads alike under either security model, and on versions that are older than cross-cluster API keys.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected

  Scenario: The index does not exist on the remote cluster
    Then searching "partner:nothing" fails as "remote-index-missing"

  Scenario: No index matches on the remote cluster
    Then searching "partner:nothing*" fails as "remote-index-pattern-matches-nothing"

  Scenario: The local index of a mixed search does not exist
    Then searching "partner:logs,nothing" fails as "local-index-missing"

  @requires:skip-unavailable-false-by-default
  Scenario: One of two remote clusters is unavailable
    When the local cluster adds "associate" in proxy mode on port 9999
    And the local cluster searches "associate:logs,partner:logs"
    Then it is refused as "remote-cluster-not-skipped-by-default"

  Scenario: The remote index is closed
    When "logs" on the remote cluster is closed
    Then searching "partner:logs" fails as "remote-index-closed"
