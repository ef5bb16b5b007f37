@model:certificate @requires:remote-cluster-client-role
Feature: The node that is asked may not connect to remote clusters
  Only a node with the role remote_cluster_client connects to remote clusters. Where node.roles is set and leaves the role
  out, the settings of a remote cluster are accepted all the same, and every request across fails on that node alone.

  Background:
    Given a local and a remote cluster whose transport certificates trust each other

  Scenario: The only local node lacks the role
    Given the local cluster has the setting "node.roles" with the value "[master, data, ingest]"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "node-without-remote-cluster-client-role"

  Scenario: One of two local nodes lacks the role
    Given the local cluster has 2 nodes
    And node 2 of the local cluster has the setting "node.roles" with the value "[master, data, ingest]"
    And "logs" on the remote cluster holds 3 documents
    And the local cluster adds "partner" in proxy mode on port 9300
    And "partner" is connected
    When node 2 of the local cluster is asked
    Then "partner" fails as "node-without-remote-cluster-client-role"
    When node 1 of the local cluster is asked
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @requires:remote-cluster-client-role-for-wildcards
  Scenario: A wildcard takes the role, even where there is no remote cluster
    Given the local cluster has the setting "node.roles" with the value "[master, data, ingest]"
    Then searching "*:logs" fails as "node-without-remote-cluster-client-role"
