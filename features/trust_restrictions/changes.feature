@guide:ech-other-organization @model:certificate
Feature: Trust that changes under running clusters
  Whoever trusts all deployments of an organization trusts those that come later as well; specific deployments have to be
  listed one by one. Elasticsearch takes a changed list up without a restart.

  Background:
    Given a local and a remote cluster with one certificate authority for everything
    And the local cluster's transport certificate "carries the name instance-0000000000.node.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cluster.1111111111.account"

  Scenario: A new deployment of an organization of which all are trusted
    Given the remote cluster's transport certificate "carries the name instance-0000000000.node.eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.cluster.2222222222.account"
    And the local cluster trusts only certificates that carry
      | *.node.*.cluster.1111111111.account |
      | *.node.*.cluster.2222222222.account |
    And the remote cluster trusts only certificates that carry
      | *.node.*.cluster.2222222222.account |
      | *.node.*.cluster.1111111111.account |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9400
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: A new deployment of an organization of which specific ones are trusted
    Given the remote cluster's transport certificate "carries the name instance-0000000000.node.eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.cluster.2222222222.account"
    And the local cluster trusts only certificates that carry
      | *.node.*.cluster.1111111111.account                                |
      | *.node.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cluster.2222222222.account |
    And the remote cluster trusts only certificates that carry
      | *.node.*.cluster.2222222222.account |
      | *.node.*.cluster.1111111111.account |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9400
    Then "partner" fails as "local-trust-leaves-the-remote-cluster-out"
    When the local cluster's trust file lists
      | *.node.*.cluster.1111111111.account                                |
      | *.node.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cluster.2222222222.account |
      | *.node.eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.cluster.2222222222.account |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: The remote cluster lists the local one afterwards
    Given the remote cluster's transport certificate "carries the name instance-0000000000.node.eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.cluster.2222222222.account"
    And the local cluster trusts only certificates that carry
      | *.node.*.cluster.1111111111.account |
      | *.node.*.cluster.2222222222.account |
    And the remote cluster trusts only certificates that carry
      | *.node.*.cluster.2222222222.account |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9400
    Then "partner" fails as "remote-trust-leaves-the-local-cluster-out"
    When the remote cluster's trust file lists
      | *.node.*.cluster.2222222222.account |
      | *.node.*.cluster.1111111111.account |
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
