//! How the pages of clients look: branding, customization, documents and images.
//!
//! What a page shows stands in one partition of its client, so one query brings it; images are read one by one, by the
//! browsers. Branding and documents have ids besides, which lead to the client from the pool's partition.

use serde::{Deserialize, Serialize};

use super::keys::{Entity, Owner, PK, SK, TERMS_PREFIX, images_partition, look_partition, pool_partition};
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item, record, text};
use crate::Fault;
use crate::domain::branding::images::Image;
use crate::domain::branding::{Branding, Customization, Look};
use crate::domain::ids::{BrandingId, ClientId, ImageId, PoolId, TermsId};
use crate::domain::terms::Terms;

/// Items of a client's partition at most, and more.
const PAGE: i32 = 100;

/// Whose a branding is.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    client: ClientId,
}

/// How making something for a client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is there.
    Done,
    /// The client has one already.
    Exists,
    /// The client is gone.
    NoClient,
}

fn made(ended: Ended) -> Made {
    match ended {
        Ended::Done => Made::Done,
        Ended::Refused(steps) if steps.contains(&0) => Made::NoClient,
        Ended::Refused(_) => Made::Exists,
    }
}

fn terms_entities(pool: &PoolId, terms: &Terms) -> [Entity; 2] {
    [
        Entity::Terms(pool.clone(), terms.client.clone(), terms.name.clone()),
        Entity::TermsId(pool.clone(), terms.id.clone()),
    ]
}

impl Store {
    /// Reads all that the pages of a client show of its own: two reads at once.
    pub async fn load_look(&self, pool: &PoolId, client: &ClientId) -> Result<Look, Fault> {
        let general = Entity::Customization(pool.clone(), Owner::All);
        let (own, general) = tokio::join!(
            self.page(
                look_partition(pool, &Owner::Client(client.clone())),
                None,
                None,
                PAGE
            ),
            self.get(&general)
        );
        let mut look = Look {
            general: general?,
            ..Look::default()
        };
        for item in own?.0 {
            let key = text(&item, PK).zip(text(&item, SK));
            match key.and_then(|(pk, sk)| Entity::parse(pk, sk)) {
                Some(Entity::Branding(..)) => look.branding = Some(record(item)?),
                Some(Entity::Customization(..)) => look.customization = Some(record(item)?),
                Some(Entity::Terms(..)) => look.terms.push(record(item)?),
                _ => {}
            }
        }
        Ok(look)
    }

    /// Reads the branding of a client.
    pub async fn load_branding(&self, pool: &PoolId, client: &ClientId) -> Result<Option<Branding>, Fault> {
        self.get(&Entity::Branding(pool.clone(), client.clone())).await
    }

    /// Reads whose a branding is.
    pub async fn branding_owner(&self, pool: &PoolId, id: &BrandingId) -> Result<Option<ClientId>, Fault> {
        let place: Option<Place> = self.get(&Entity::BrandingId(pool.clone(), id.clone())).await?;
        Ok(place.map(|place| place.client))
    }

    /// Writes a client's first branding, with its images.
    pub async fn create_branding(
        &self,
        pool: &PoolId,
        branding: &Branding,
        images: &[Image],
    ) -> Result<Made, Fault> {
        let client = &branding.client;
        let mut transaction = Transaction::new(self);
        transaction.check(&Entity::Client(client.clone()), Condition::present())?;
        let entity = Entity::Branding(pool.clone(), client.clone());
        transaction.put(item(&entity, branding)?, Some(Condition::absent()))?;
        let id = Entity::BrandingId(pool.clone(), branding.id.clone());
        let place = Place {
            client: client.clone(),
        };
        transaction.put(item(&id, &place)?, None)?;
        put_images(&mut transaction, pool, &Owner::Client(client.clone()), images)?;
        Ok(made(transaction.commit().await?))
    }

    /// Replaces a branding as read at `seen_version`. Returns whether it was still that version.
    pub async fn replace_branding(
        &self,
        pool: &PoolId,
        branding: &Branding,
        images: &[Image],
        seen_version: u64,
    ) -> Result<bool, Fault> {
        let entity = Entity::Branding(pool.clone(), branding.client.clone());
        let mut transaction = Transaction::new(self);
        transaction.put(item(&entity, branding)?, Some(Condition::version(seen_version)))?;
        put_images(
            &mut transaction,
            pool,
            &Owner::Client(branding.client.clone()),
            images,
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Deletes a branding. Returns whether it was there. Its images are only room until the client goes.
    pub async fn remove_branding(&self, pool: &PoolId, branding: &Branding) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(
            &Entity::Branding(pool.clone(), branding.client.clone()),
            Some(Condition::version(branding.version)),
        )?;
        transaction.delete(&Entity::BrandingId(pool.clone(), branding.id.clone()), None)?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Reads a customization.
    pub async fn load_customization(
        &self,
        pool: &PoolId,
        owner: &Owner,
    ) -> Result<Option<Customization>, Fault> {
        self.get(&Entity::Customization(pool.clone(), owner.clone()))
            .await
    }

    /// Writes a customization in the place of the one that was read at `seen_version`, or of none. Returns whether it was so.
    pub async fn replace_customization(
        &self,
        pool: &PoolId,
        owner: &Owner,
        customization: &Customization,
        logo: Option<&Image>,
        seen_version: Option<u64>,
    ) -> Result<bool, Fault> {
        let entity = Entity::Customization(pool.clone(), owner.clone());
        let condition = seen_version.map_or_else(Condition::absent, Condition::version);
        let mut transaction = Transaction::new(self);
        transaction.put(item(&entity, customization)?, Some(condition))?;
        put_images(
            &mut transaction,
            pool,
            owner,
            logo.map_or(&[], std::slice::from_ref),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Reads an image.
    pub async fn load_image(
        &self,
        pool: &PoolId,
        owner: &Owner,
        image: &ImageId,
    ) -> Result<Option<Image>, Fault> {
        self.get(&Entity::Image(pool.clone(), owner.clone(), image.clone()))
            .await
    }

    /// Reads a document.
    pub async fn load_terms(&self, pool: &PoolId, id: &TermsId) -> Result<Option<Terms>, Fault> {
        self.get(&Entity::TermsId(pool.clone(), id.clone())).await
    }

    /// Reads a document by its client and name.
    pub async fn load_terms_named(
        &self,
        pool: &PoolId,
        client: &ClientId,
        name: &str,
    ) -> Result<Option<Terms>, Fault> {
        self.get(&Entity::Terms(pool.clone(), client.clone(), name.to_owned()))
            .await
    }

    /// Writes a new document.
    pub async fn create_terms(&self, pool: &PoolId, terms: &Terms) -> Result<Made, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.check(&Entity::Client(terms.client.clone()), Condition::present())?;
        for entity in terms_entities(pool, terms) {
            transaction.put(item(&entity, terms)?, Some(Condition::absent()))?;
        }
        Ok(made(transaction.commit().await?))
    }

    /// Replaces a document as it was read. Returns `None` when somebody else has changed it since, else whether its name was
    /// free.
    pub async fn replace_terms(
        &self,
        pool: &PoolId,
        before: &Terms,
        after: &Terms,
    ) -> Result<Option<bool>, Fault> {
        let mut transaction = Transaction::new(self);
        let [by_name, by_id] = terms_entities(pool, after);
        transaction.put(item(&by_id, after)?, Some(Condition::version(before.version)))?;
        if before.name == after.name {
            transaction.put(item(&by_name, after)?, Some(Condition::version(before.version)))?;
        } else {
            transaction.put(item(&by_name, after)?, Some(Condition::absent()))?;
            let [old, _] = terms_entities(pool, before);
            transaction.delete(&old, Some(Condition::version(before.version)))?;
        }
        Ok(match transaction.commit().await? {
            Ended::Done => Some(true),
            Ended::Refused(steps) if steps == [1] && before.name != after.name => Some(false),
            Ended::Refused(_) => None,
        })
    }

    /// Deletes a document. Returns whether it was still as it was read.
    pub async fn remove_terms(&self, pool: &PoolId, terms: &Terms) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        for entity in terms_entities(pool, terms) {
            transaction.delete(&entity, Some(Condition::version(terms.version)))?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Lists up to `limit` documents of a pool after `after`, by id, and where the list goes on.
    pub async fn list_terms(
        &self,
        pool: &PoolId,
        after: Option<&TermsId>,
        limit: i32,
    ) -> Result<(Vec<Terms>, Option<TermsId>), Fault> {
        let after = after.map(|id| Entity::TermsId(pool.clone(), id.clone()));
        self.records(
            (pool_partition(pool), TERMS_PREFIX),
            after,
            limit,
            |terms: &Terms| terms.id.clone(),
        )
        .await
    }

    /// Removes all that the pages of a client, or of all clients, show of their own. It can be repeated.
    pub async fn purge_look(&self, pool: &PoolId, owner: &Owner) -> Result<(), Fault> {
        if let Owner::Client(client) = owner {
            let look = self.load_look(pool, client).await?;
            for terms in &look.terms {
                self.remove_terms(pool, terms).await?;
            }
            if let Some(branding) = &look.branding {
                self.remove_branding(pool, branding).await?;
            }
        }
        for partition in [look_partition(pool, owner), images_partition(pool, owner)] {
            loop {
                let (items, more) = self.page(partition.clone(), None, None, 10).await?;
                self.remove_all(items).await?;
                if !more {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn put_images(
    transaction: &mut Transaction<'_>,
    pool: &PoolId,
    owner: &Owner,
    images: &[Image],
) -> Result<(), Fault> {
    let mut written = std::collections::BTreeSet::new();
    for image in images {
        if written.insert(&image.id) {
            let entity = Entity::Image(pool.clone(), owner.clone(), image.id.clone());
            transaction.put(item(&entity, image)?, None)?;
        }
    }
    Ok(())
}
