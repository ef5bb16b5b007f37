Feature: The HTTP interface, with TLS
  Port 9200 is for REST calls. A cluster that sets up its security by itself gives it TLS, with a certificate of an authority
  that has nothing to do with remote clusters. To trust that authority does not help.

  @model:api-key
  Scenario: A connection with a cross-cluster API key
    Given a remote cluster with the remote cluster server enabled
    And a local cluster that trusts its certificate
    And the remote cluster's HTTP interface has a certificate of the authority "remote-http"
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9200
    Then "partner" fails as "http-interface-with-tls"

  @model:certificate
  Scenario: A connection with TLS certificates
    Given a local and a remote cluster whose transport certificates trust each other
    And the remote cluster's HTTP interface has a certificate of the authority "remote-http"
    When the local cluster adds "partner" in proxy mode on port 9200
    Then "partner" fails as "http-interface-with-tls"

  @model:api-key
  Scenario: The authority of the HTTP interface is trusted, and there is a cross-cluster API key
    Given a local and a remote cluster with one certificate authority for everything
    And the remote cluster's HTTP interface has a certificate of the authority "shared"
    And a cross-cluster API key with search access to "logs"
    And the local keystore holds the key for the alias "partner"
    When the local cluster adds "partner" in proxy mode on port 9200
    Then "partner" fails as "http-interface-with-trusted-tls"

  @model:certificate
  Scenario: The authority of the HTTP interface is trusted
    Given a local and a remote cluster with one certificate authority for everything
    And the remote cluster's HTTP interface has a certificate of the authority "shared"
    And the local cluster has the setting "transport.connect_timeout" with the value "2s"
    When the local cluster adds "partner" in proxy mode on port 9200
    Then "partner" fails as "http-interface-with-trusted-tls"
