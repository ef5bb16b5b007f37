@guide:ech-other-organization @guide:eck-to-other-eck @model:certificate
Feature: Trust between transport interfaces
  In the certificate model each cluster shows the other the certificate of its transport interface. Both have to trust the
  authority of the other one; one side alone is not enough.

  @step:trust-on-both-sides
  Scenario: The remote cluster does not know the authority of the local cluster
    Given a local and a remote cluster of which only the local one trusts the other's transport certificate
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "local-authority-unknown"

  @step:trust-on-both-sides
  Scenario: The local cluster does not know the authority of the remote cluster
    Given a local and a remote cluster of which only the remote one trusts the other's transport certificate
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-authority-unknown"

  Scenario: One authority for everything is trust on both sides
    Given a local and a remote cluster with one certificate authority for everything
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents
    And every connection went through the load balancer

  @requires:remote-cluster-server
  Scenario: One authority for everything, and no key on the remote cluster server's port
    Given a local and a remote cluster with one certificate authority for everything
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9443
    Then "partner" fails as "no-api-key-for-the-remote-cluster-server"
