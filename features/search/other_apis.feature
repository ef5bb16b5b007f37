@model:certificate
Feature: APIs other than a search
  Only some APIs take alias:index. The others look for the index on the local cluster, and refuse one on a remote cluster.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected

  Scenario: APIs that read what an index is
    When the local cluster is asked "GET /partner:logs"
    Then it is refused as "api-without-cross-cluster-support"
    When the local cluster is asked "GET /partner:logs/_mapping"
    Then it is refused as "api-without-cross-cluster-support"
    When the local cluster is asked "GET /partner:logs/_settings"
    Then it is refused as "api-without-cross-cluster-support"
    When the local cluster is asked "GET /partner:logs/_stats"
    Then it is refused as "api-without-cross-cluster-support"
    When the local cluster is asked "GET /partner:logs/_doc/1"
    Then it is refused as "api-without-cross-cluster-support"

  Scenario: APIs that change an index
    When the local cluster is asked "POST /partner:logs/_refresh"
    Then it is refused as "api-without-cross-cluster-support"
    When the local cluster is asked "POST /partner:logs/_close"
    Then it is refused as "api-without-cross-cluster-support"
    When the local cluster is asked "DELETE /partner:logs"
    Then it is refused as "api-without-cross-cluster-support"
    And searching "partner:logs" finds 3 documents
