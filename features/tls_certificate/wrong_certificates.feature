@guide:ech-other-organization @guide:eck-to-other-eck @model:certificate @requires:server-name
Feature: TLS certificates that are wrong
  Both sides trust each other's authority, and still look at the certificate: whether it is in date, who signed it, and, where
  a load balancer routes by it, the server name.

  Scenario: The transport certificate of the remote cluster has expired
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster's transport certificate "has expired"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-certificate-expired"

  Scenario: The transport certificate of the local cluster has expired
    Given a local and a remote cluster whose transport certificates trust each other
    And the local cluster's transport certificate "has expired"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "local-certificate-expired"

  Scenario: The certificate of an unknown authority comes without that of its authority
    Given a local and a remote cluster of which only the remote one trusts the other's transport certificate
    And the remote cluster's transport certificate "comes without that of its authority"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "remote-authority-unknown-and-not-sent"

  Scenario: The certificate of a trusted authority may come without that of its authority
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster's transport certificate "comes without that of its authority"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: Transport certificates may name another host
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster's transport certificate "names only elsewhere.example"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  Scenario: The local cluster verifies names, and the remote transport certificate has another one
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster's transport certificate "names only elsewhere.example"
    And the local cluster has the setting "xpack.security.transport.ssl.verification_mode" with the value "full"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "transport-certificate-names-another-host"

  Scenario: The transport certificate of the local cluster is for servers only
    Given a local and a remote cluster whose transport certificates trust each other
    And the local cluster's transport certificate "is for servers only"
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300
    Then "partner" fails as "certificate-not-for-clients"

  Scenario: Without a routing load balancer the server name may be wrong
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9300 with the server name "elsewhere.example"
    Then "partner" is connected
    And searching "partner:logs" finds 3 documents

  @step:connect-to-a-remote-cluster
  Scenario: A routing load balancer does not know the server name
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9400 with the server name "elsewhere.example"
    Then "partner" fails as "server-name-unknown-to-the-load-balancer"

  Scenario: A routing load balancer gets no server name
    Given a local and a remote cluster whose transport certificates trust each other
    And "logs" on the remote cluster holds 3 documents
    When the local cluster adds "partner" in proxy mode on port 9400 without a server name
    Then "partner" fails as "server-name-unknown-to-the-load-balancer"
