@model:certificate
Feature: The index that a search names, in the certificate model
  The remote cluster is connected, and what the search asks for is not all there. What is missing reads alike under either
  security model, and on versions that are older than cross-cluster API keys.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected

  Scenario: The index does not exist on the remote cluster
    Then searching "partner:nothing" fails as "remote-index-missing"

  Scenario: No index matches on the remote cluster
    Then searching "partner:nothing*" finds 0 documents
    And searching "partner:nothing*" fails as "remote-index-pattern-matches-nothing"

  Scenario: The local index of a mixed search does not exist
    Then searching "partner:logs,nothing" fails as "local-index-missing"

  Scenario: One of two remote clusters is unavailable
    When the local cluster adds "associate" in proxy mode on port 9999
    Then searching "associate:logs,partner:logs" fails as "connection-refused"

  @requires:excluded-clusters
  Scenario: An excluded remote cluster is not searched
    When the local cluster adds "associate" in proxy mode on port 9999
    Then searching "*:logs,-associate:*" finds 3 documents

  Scenario: The remote index is closed
    When "logs" on the remote cluster is closed
    Then searching "partner:logs" fails as "remote-index-closed"

  Scenario: The remote shards refuse the query
    Given the local cluster sets for "partner"
      | skip_unavailable | false |
    And searches send
      """
      {"query": {"term": {"number": "not a number"}}}
      """
    When the local cluster searches "partner:logs"
    Then it is refused as "query-fails-on-the-remote-shards"
