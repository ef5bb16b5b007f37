@guide:ech-other-organization @model:certificate @step:trust-on-both-sides
Feature: Trust all or specific deployments of an organization
  One authority signs the certificates of every organization in a region, so trust is a list of names: each transport
  certificate carries its node, its cluster ID and its organization ID, and each side lists whom it trusts, all deployments of
  an organization or specific ones, by their cluster IDs. The local organization is 1111111111, the remote one 2222222222.

  Background:
    Given a local and a remote cluster with one certificate authority for everything
    And the local cluster's transport certificate "carries the name instance-0000000000.node.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cluster.1111111111.account"
    And the remote cluster's transport certificate "carries the name instance-0000000000.node.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cluster.2222222222.account"

  Scenario Outline: Both sides list the other one: <what>
    Given the local cluster trusts only certificates that carry
      | *.node.*.cluster.1111111111.account |
      | <listed by the local cluster>       |
    And the remote cluster trusts only certificates that carry
      | *.node.*.cluster.2222222222.account |
      | <listed by the remote cluster>      |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port <port>
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

    Examples:
      | what                 | port | listed by the local cluster                                        | listed by the remote cluster                                       |
      | all deployments      | 9400 | *.node.*.cluster.2222222222.account                                | *.node.*.cluster.1111111111.account                                |
      | specific deployments | 9400 | *.node.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cluster.2222222222.account | *.node.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cluster.1111111111.account |

  Scenario Outline: The local cluster does not list the remote one: <what>
    Given the local cluster trusts only certificates that carry
      | *.node.*.cluster.1111111111.account |
      | <listed by the local cluster>       |
    And the remote cluster trusts only certificates that carry
      | *.node.*.cluster.2222222222.account |
      | *.node.*.cluster.1111111111.account |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9400
    Then "partner" fails as "local-trust-leaves-the-remote-cluster-out"

    Examples:
      | what                                         | listed by the local cluster                                        |
      | a mistyped organization ID                   | *.node.*.cluster.2222222223.account                                |
      | the ID of the deployment, not of the cluster | *.node.bbbbbbbb0000000000000000dddddddd.cluster.2222222222.account |
      | only itself                                  | *.node.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cluster.1111111111.account |

  Scenario Outline: The remote cluster does not list the local one: <what>
    Given the local cluster trusts only certificates that carry
      | *.node.*.cluster.1111111111.account |
      | *.node.*.cluster.2222222222.account |
    And the remote cluster trusts only certificates that carry
      | *.node.*.cluster.2222222222.account |
      | <listed by the remote cluster>      |
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9400
    Then "partner" fails as "remote-trust-leaves-the-local-cluster-out"

    Examples:
      | what                       | listed by the remote cluster                                       |
      | a mistyped organization ID | *.node.*.cluster.1111111112.account                                |
      | only itself                | *.node.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cluster.2222222222.account |
